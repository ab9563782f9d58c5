//! What the user is notified of in all chats, and when not at all. Saved with each change, for all of their devices.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::local_time;
use crate::client::api::{self, calls};
use crate::client::clock::{TimeFormat, now};
use crate::client::notices::{Notices, use_notices};
use crate::client::reactive::{effect, memo};
use crate::client::state::use_client;
use crate::engine::ConnectionState;
use crate::model::notify::{Level, NotifySettings, QuietHours, minute_of, minute_text};
use crate::model::{Field, Millis};
use crate::ui::common::submission::{FormError, Submission};

const HOUR: Millis = 60 * 60 * 1_000;
/// What the fields show when quiet hours are turned on: 22:00 to 07:00.
const NIGHT: (u16, u16) = (22 * 60, 7 * 60);

/// Fetches the settings, and again when they were changed anywhere, for as long as the calling component exists.
pub fn follow() {
    let (chat, notices) = (use_client(), use_notices());
    effect(move |_| {
        chat.notify_settings.track();
        // What was changed meanwhile.
        if chat.link() == ConnectionState::Live {
            spawn_local(async move {
                if let Ok(settings) = api::notify_settings().await {
                    let _ = notices.settings.try_set(settings);
                }
            });
        }
    });
}

/// The settings as the user edits them. One save is on its way at a time: what is changed meanwhile is saved after it.
#[derive(Clone, Copy)]
struct Editing {
    notices: Notices,
    attempt: Submission,
    /// What the user wants, until it is saved.
    wanted: RwSignal<Option<NotifySettings>>,
    /// What was sent last.
    sent: StoredValue<Option<NotifySettings>>,
    is_saved: RwSignal<bool>,
}

impl Editing {
    fn begin() -> Self {
        let editing = Self {
            notices: use_notices(),
            attempt: Submission::new(None),
            wanted: RwSignal::new(None),
            sent: StoredValue::new(None),
            is_saved: RwSignal::new(false),
        };
        effect(move |_| {
            if !editing.attempt.pending.get() {
                untrack(|| editing.save());
            }
        });
        editing
    }

    /// The settings as they are shown. Tracked.
    fn shown(self) -> NotifySettings {
        let wanted = self.wanted.get();
        wanted.unwrap_or_else(|| self.notices.settings.get())
    }

    fn change(self, with: impl FnOnce(&mut NotifySettings)) {
        let mut settings = untrack(|| self.shown());
        with(&mut settings);
        self.wanted.set(Some(settings));
        self.is_saved.set(false);
        if !self.attempt.pending.get_untracked() {
            // What was refused may be wanted again.
            self.sent.set_value(None);
        }
        self.save();
    }

    /// Saves what is wanted, unless that was refused.
    fn save(self) {
        let wanted = self.wanted.get_untracked();
        if self.attempt.pending.get_untracked() || wanted == self.sent.get_value() {
            return;
        }
        let Some(settings) = wanted else { return };
        self.sent.set_value(Some(settings.clone()));
        let call = calls::set_notify_settings(&settings);
        self.attempt.send(call, move |_| {
            self.sent.set_value(None);
            if self.wanted.try_get_untracked().flatten().as_ref() == Some(&settings) {
                self.notices.settings.set(settings);
                self.wanted.set(None);
                self.is_saved.set(true);
            }
        });
    }
}

/// The part of the panel.
#[component]
pub fn NotifySettingsForm() -> impl IntoView {
    follow();
    let editing = Editing::begin();
    let status = move || {
        editing
            .is_saved
            .get()
            .then_some("Saved for all of your devices")
    };
    view! {
        <h3>"What you're notified about"</h3>
        <LevelField
            id="notify-direct"
            label="Direct chats and groups"
            part=|settings| &mut settings.direct
            editing
        />
        <LevelField id="notify-rooms" label="Rooms" part=|settings| &mut settings.rooms editing />
        <p class="section-hint">
            "Nothing in chats that you muted. You can choose differently for each chat, in its details."
        </p>
        <Keywords editing />
        <h3>"When you aren't notified"</h3>
        <Pause editing />
        <Quiet editing />
        <FormError text=editing.attempt.error_of(None) />
        <p class="section-hint" role="status">
            {status}
        </p>
    }
}

/// One of the settings.
type Part = fn(&mut NotifySettings) -> &mut Level;

#[component]
fn LevelField(
    id: &'static str,
    label: &'static str,
    part: Part,
    editing: Editing,
) -> impl IntoView {
    let now = memo(move |_| *part(&mut editing.shown()));
    let choices = [
        ("All messages", Level::Everything),
        ("Mentions and replies", Level::Mentions),
        ("Nothing", Level::Nothing),
    ];
    let options = choices.map(|(name, level)| {
        view! {
            <option value=level.word() prop:selected=move || now.get() == level>
                {name}
            </option>
        }
    });
    let changed = move |event| {
        if let Some(level) = Level::of_word(&event_target_value(&event)) {
            editing.change(|settings| *part(settings) = level);
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id on:change=changed>
                {options.collect_view()}
            </select>
        </div>
    }
}

#[component]
fn Keywords(editing: Editing) -> impl IntoView {
    let text = memo(move |_| editing.shown().keywords.join(", "));
    let changed = move |event| {
        let words = event_target_value(&event);
        let words = words.split(',').map(str::trim);
        let keywords = words.filter(|word| !word.is_empty()).map(str::to_owned);
        editing.change(|settings| settings.keywords = keywords.collect());
    };
    let error = editing.attempt.error_of(Some(Field::Keywords));
    view! {
        <div class="field">
            <label for="notify-keywords">"Keywords"</label>
            <input
                id="notify-keywords"
                autocomplete="off"
                aria-describedby="notify-keywords-hint notify-keywords-error"
                prop:value=move || text.get()
                on:change=changed
            />
            <p class="field-hint" id="notify-keywords-hint">
                "Messages with one of these words notify you like mentions. Put commas between them."
            </p>
            <p class="field-error" id="notify-keywords-error" role="alert">
                {error}
            </p>
        </div>
    }
}

/// Pauses all notifications for a while.
#[component]
fn Pause(editing: Editing) -> impl IntoView {
    let clock = expect_context::<TimeFormat>();
    let pause = move |until: Millis| editing.change(|settings| settings.paused_until = until);
    let until = memo(move |_| editing.shown().paused_until);
    let till_morning = move |_| pause(clock.tomorrow_morning());
    move || match until.get() {
        until if until > now() => view! {
            <p class="buttons">
                <span>{["Paused until ", &*clock.full(until), "."].concat()}</span>
                <button type="button" class="button small" on:click=move |_| pause(0)>
                    "Resume"
                </button>
            </p>
        }
        .into_any(),
        _ => view! {
            <p class="buttons">
                <button type="button" class="button small" on:click=move |_| pause(now() + HOUR)>
                    "Pause for 1 hour"
                </button>
                <button type="button" class="button small" on:click=till_morning>
                    "Pause until tomorrow morning"
                </button>
            </p>
        }
        .into_any(),
    }
}

#[component]
fn Quiet(editing: Editing) -> impl IntoView {
    let hours = memo(move |_| editing.shown().quiet);
    let set = move |quiet: Option<QuietHours>| editing.change(|settings| settings.quiet = quiet);
    let with_zone = |from: u16, to: u16| {
        let zone = local_time::zone();
        Some(QuietHours { from, to, zone })
    };
    let turn = move |_| {
        set(match hours.get_untracked() {
            Some(_) => None,
            None => with_zone(NIGHT.0, NIGHT.1),
        });
    };
    let from = move |event| {
        if let (Some(hours), Some(from)) = (
            hours.get_untracked(),
            minute_of(&event_target_value(&event)),
        ) {
            set(with_zone(from, hours.to));
        }
    };
    let to = move |event| {
        if let (Some(hours), Some(to)) = (
            hours.get_untracked(),
            minute_of(&event_target_value(&event)),
        ) {
            set(with_zone(hours.from, to));
        }
    };
    let error = editing.attempt.error_of(Some(Field::QuietHours));
    let is_on = memo(move |_| hours.get().is_some());
    let times = move || {
        is_on.get().then(|| {
            let shown = move |pick: fn(&QuietHours) -> u16| {
                hours.get().as_ref().map(|it| minute_text(pick(it))).unwrap_or_default()
            };
            view! {
                <div class="field times">
                    <label for="quiet-from">"From"</label>
                    <input id="quiet-from" type="time" prop:value=move || shown(|it| it.from) on:change=from />
                    <label for="quiet-to">"to"</label>
                    <input id="quiet-to" type="time" prop:value=move || shown(|it| it.to) on:change=to />
                </div>
                <p>
                    {move || {
                        let zone = hours.get().map(|it| it.zone).unwrap_or_default();
                        ["Every day, in the time zone ", &*zone.replace('_', " "), "."].concat()
                    }}
                </p>
            }
        })
    };
    view! {
        <label>
            <input type="checkbox" prop:checked=move || is_on.get() on:change=turn />
            <span>"Quiet hours"</span>
        </label>
        {times}
        <p class="field-error" role="alert">
            {error}
        </p>
    }
}
