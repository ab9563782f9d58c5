//! The emoji picker: all emoji of Unicode, by group or by search, with the recently chosen ones first.
//!
//! The data is large, so it is in a file of its own, which the browser fetches when the picker is first opened.

use emojis::{Emoji, EmojiVersion, Group, SkinTone};
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::client::dom;
use crate::client::reactive::effect;
use crate::model::Seq;
use crate::model::names::lower_case;
use crate::ui::common::erased::erase;
use crate::ui::common::floating::popover::Popover;
use crate::ui::context::floating::use_floats;
use crate::ui::context::open_thread::{OpenThread, use_open_thread};
use crate::ui::message::used_emoji;

/// The number of columns: must match `style/`.
const COLUMNS: usize = 8;
const TONE_KEY: &str = "chapp.skin-tone";
/// The newest version that most devices can display.
const NEWEST: EmojiVersion = EmojiVersion::new(15, 0);
/// The maximum number of search results.
const FOUND_MAX: usize = 96;

/// The skin tones, the default first, each with its sample and name.
const TONES: [(SkinTone, &str, &str); 6] = [
    (SkinTone::Default, "✋", "Default skin tone"),
    (SkinTone::Light, "✋🏻", "Light skin tone"),
    (SkinTone::MediumLight, "✋🏼", "Medium-light skin tone"),
    (SkinTone::Medium, "✋🏽", "Medium skin tone"),
    (SkinTone::MediumDark, "✋🏾", "Medium-dark skin tone"),
    (SkinTone::Dark, "✋🏿", "Dark skin tone"),
];

type Draw = fn(Seq) -> AnyView;

/// Finds the emoji whose short codes start with a text, with the codes.
pub type Find = fn(&str) -> Vec<(&'static str, &'static str)>;

/// The emoji search, as soon as its code is loaded.
pub async fn finder() -> Option<Find> {
    #[cfg(feature = "hydrate")]
    {
        split::finder().await.ok()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        Some(find_by_code)
    }
}

fn find_by_code(part: &str) -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<_> = emojis::iter()
        .filter(|emoji| is_known(emoji))
        .filter_map(|emoji| {
            let code = emoji.shortcodes().find(|code| code.starts_with(part))?;
            Some((emoji.as_str(), code))
        })
        .collect();
    // An exact match comes first.
    found.sort_by_key(|(_, code)| (*code != part, code.len()));
    found
}

#[cfg(feature = "hydrate")]
mod split {
    use leptos::prelude::*;
    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use super::{Draw, Find, Picker, PickerProps};

    #[wasm_split(emoji, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub(crate) fn picker() -> Result<Draw, SplitLoaderError> {
        Ok(|seq| Picker(PickerProps { seq }).into_any())
    }

    #[wasm_split(emoji, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub(crate) fn finder() -> Result<Find, SplitLoaderError> {
        Ok(super::find_by_code)
    }
}

/// The emoji picker for a reaction to a message, at the button that opened it.
#[component]
pub fn EmojiPopover(open_thread: OpenThread, seq: Seq) -> impl IntoView {
    provide_context(open_thread);
    view! {
        <Popover name="Choose an emoji">
            <EmojiPicker seq />
        </Popover>
    }
}

/// The picker, rendered as soon as its code is loaded.
#[component]
fn EmojiPicker(seq: Seq) -> impl IntoView {
    let drawn = RwSignal::new(None::<Result<Draw, ()>>);
    #[cfg(feature = "hydrate")]
    effect(move |_| {
        leptos::task::spawn_local(async move {
            let picker = split::picker().await.map_err(drop);
            let _ = drawn.try_set(Some(picker));
        });
    });
    erase(move || match drawn.get() {
        None => view! { <div class="picker" aria-busy="true"></div> }.into_any(),
        Some(Ok(draw)) => draw(seq),
        Some(Err(())) => {
            view! { <p class="form-error">"Couldn't load the emoji. Close this and try again."</p> }
                .into_any()
        }
    })
}

/// The picker itself.
#[component]
pub fn Picker(seq: Seq) -> impl IntoView {
    let open_thread = use_open_thread();
    let floats = use_floats();
    let node = NodeRef::<html::Div>::new();
    let query = RwSignal::new(String::new());
    let tone = RwSignal::new(
        dom::stored(TONE_KEY)
            .and_then(|kept| kept.parse::<usize>().ok())
            .filter(|&at| at < TONES.len())
            .unwrap_or(0),
    );
    let choose = move |emoji: &str| {
        used_emoji::note(emoji);
        open_thread.react(seq, emoji, true);
        floats.close();
    };
    let clicked = move |event: MouseEvent| {
        if let Some(emoji) = event.target().and_then(emoji_of) {
            choose(&emoji);
        }
    };
    let pressed = move |event: KeyboardEvent| {
        let Some(list) = node.get_untracked() else {
            return;
        };
        let in_search = event.target().and_then(emoji_of).is_none();
        if event.key() == "Enter" && in_search {
            event.prevent_default();
            let first = list.query_selector("[data-emoji]").ok().flatten();
            if let Some(emoji) = first.and_then(|it| it.get_attribute("data-emoji")) {
                choose(&emoji);
            }
        } else if move_focus(&list, &event.key(), in_search) {
            event.prevent_default();
        }
    };
    let groups = erase(move || {
        let tone = TONES[tone.get()].0;
        let text = query.get();
        match text.trim() {
            "" => all(tone),
            text => found(&lower_case(text), tone),
        }
    });
    let tones = TONES.iter().enumerate().map(|(at, (_, shown, name))| {
        let pick = move |_| {
            tone.set(at);
            dom::store(TONE_KEY, &at.to_string());
        };
        view! {
            <button
                type="button"
                class="tone"
                aria-pressed=move || (tone.get() == at).to_string()
                aria-label=*name
                title=*name
                on:click=pick
            >
                {*shown}
            </button>
        }
        .into_any()
    });
    effect(move |_| {
        // With a finger, the focus would open the keyboard over the emoji.
        if let Some(list) = node.get().filter(|_| !dom::is_touch()) {
            dom::focus_first(&list, "input");
        }
    });
    view! {
        <div class="picker" node_ref=node on:keydown=pressed on:click=clicked>
            <div class="picker-head">
                <input
                    type="search"
                    class="input"
                    placeholder="Search"
                    aria-label="Search emoji"
                    autocomplete="off"
                    on:input=move |event| query.set(event_target_value(&event))
                />
                <div class="tones" role="group" aria-label="Skin tone">
                    {tones.collect_view()}
                </div>
            </div>
            <div class="picker-list">{groups}</div>
        </div>
    }
}

/// The emoji of the button that an event came from.
fn emoji_of(target: web_sys::EventTarget) -> Option<String> {
    let clicked: Element = target.dyn_into().ok()?;
    let button = clicked.closest("[data-emoji]").ok()??;
    button.get_attribute("data-emoji")
}

/// Moves focus by an arrow key. Returns whether it moved.
fn move_focus(list: &Element, key: &str, in_search: bool) -> bool {
    dom::move_focus(list, "[data-emoji]", |at| match (key, at) {
        ("ArrowDown", None) if in_search => Some(0),
        ("ArrowRight", Some(at)) => Some(at + 1),
        ("ArrowLeft", Some(at)) => at.checked_sub(1),
        ("ArrowDown", Some(at)) => Some(at + COLUMNS),
        ("ArrowUp", Some(at)) => at.checked_sub(COLUMNS),
        _ => None,
    })
}

fn all(tone: SkinTone) -> AnyView {
    let mut groups = vec![group(
        "Frequently used",
        used_emoji::recent()
            .iter()
            .filter_map(|text| emojis::get(text)),
        None,
    )];
    for each in Group::iter() {
        let emojis = each.emojis().filter(|emoji| is_known(emoji));
        groups.push(group(group_name(each), emojis, Some(tone)));
    }
    groups.collect_view().into_any()
}

fn found(text: &str, tone: SkinTone) -> AnyView {
    let is_it = |emoji: &&Emoji| {
        is_known(emoji)
            && (lower_case(emoji.name()).contains(text)
                || emoji.shortcodes().any(|code| code.contains(text)))
    };
    let mut found: Vec<_> = emojis::iter().filter(is_it).collect();
    // Emoji with a code that starts with the text come before other matches.
    found.sort_by_key(|emoji| !emoji.shortcodes().any(|code| code.starts_with(text)));
    found.truncate(FOUND_MAX);
    if found.is_empty() {
        return view! { <p class="section-hint">"No emoji found"</p> }.into_any();
    }
    group("Search results", found.into_iter(), Some(tone))
}

/// `tone`: the skin tone to show them in; `None`: unchanged.
fn group(
    name: &'static str,
    emojis: impl Iterator<Item = &'static Emoji>,
    tone: Option<SkinTone>,
) -> AnyView {
    let all = emojis.map(|emoji| {
        let shown = tone.and_then(|tone| emoji.with_skin_tone(tone));
        let text = shown.unwrap_or(emoji).as_str();
        let name = emoji.name();
        view! {
            <button type="button" tabindex="-1" data-emoji=text aria-label=name title=name>
                {text}
            </button>
        }
        .into_any()
    });
    view! {
        <section class="emoji-group" aria-label=name>
            <h2>{name}</h2>
            <div class="emoji-grid">{all.collect_view()}</div>
        </section>
    }
    .into_any()
}

fn group_name(group: Group) -> &'static str {
    match group {
        Group::SmileysAndEmotion => "Smileys and emotion",
        Group::PeopleAndBody => "People and body",
        Group::AnimalsAndNature => "Animals and nature",
        Group::FoodAndDrink => "Food and drink",
        Group::TravelAndPlaces => "Travel and places",
        Group::Activities => "Activities",
        Group::Objects => "Objects",
        Group::Symbols => "Symbols",
        Group::Flags => "Flags",
    }
}

fn is_known(emoji: &Emoji) -> bool {
    emoji.emoji_version() <= NEWEST
}
