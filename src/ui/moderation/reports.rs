//! Reports, for the admins of a room or of the site: the message, who reported it and why, and the decision.

use leptos::html::Ul;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::client::api::{self, calls};
use crate::client::clock::TimeFormat;
use crate::client::reactive::{effect, handler, memo};
use crate::client::state::use_client;
use crate::model::ThreadId;
use crate::model::names::isolated;
use crate::model::report::{Decided, Decision, Reason, Report, ReportNote, ReportedLine, Snapshot};
use crate::ui::common::badge::open_reports;
use crate::ui::common::fetch::{LoadingText, fetched, waiting_text};
use crate::ui::common::lazy_section::LazySection;
use crate::ui::context::confirmation::{Confirmation, use_dialog};
use crate::ui::context::toasts::{Undoable, use_toasts};

/// The section with the reports of a room (`None`: of the site). The number of open reports is shown before it is
/// opened.
#[component]
pub fn ReportsSection(target: Option<ThreadId>) -> impl IntoView {
    let chat = use_client();
    let changed = RwSignal::new(0);
    let found = fetched(changed, move || api::open_reports(target));
    let open = memo(move |_| found.get().and_then(Result::ok).unwrap_or_default());
    effect(move |_| {
        if let (None, Some(Ok(open))) = (target, found.get()) {
            chat.open_reports.set(open);
        }
    });
    view! {
        <LazySection name="Reports" open_reports=open>
            <Reports target changed />
        </LazySection>
    }
}

/// The reports. After a decision, its outcome is announced, and the focus moves to the next report.
#[component]
fn Reports(target: Option<ThreadId>, changed: RwSignal<u32>) -> impl IntoView {
    let list = NodeRef::<Ul>::new();
    let found = fetched(changed, move || api::reports(target));
    let reports = move || found.get().and_then(Result::ok).unwrap_or_default();
    let done = RwSignal::new(String::new());
    Effect::new(move |before: Option<Vec<i64>>| {
        let reports = reports();
        let is_open = |report: &&Report| report.decided.is_none();
        let before = before.unwrap_or_default();
        let decided = reports
            .iter()
            .find(|report| before.contains(&report.id) && !is_open(report));
        if let Some(words) = decided
            .and_then(|report| report.decided.as_ref())
            .map(outcome)
        {
            done.set([&words, ". "].concat());
            focus_next(list);
        }
        reports
            .iter()
            .filter(is_open)
            .map(|report| report.id)
            .collect()
    });
    let open = move || {
        let open = reports().iter().filter(|it| it.decided.is_none()).count();
        (open > 0).then(|| open_reports(open as i64))
    };
    view! {
        <LoadingText text=waiting_text(found, "No reports", Vec::is_empty) />
        <p class="section-hint" role="status" dir="auto">
            {done}
            {open}
        </p>
        <ul class="plain-list reports" node_ref=list>
            <For
                each=reports
                key=|report| (report.id, report.notes.len(), report.decided.is_some())
                children=move |report| view! { <ReportItem report changed /> }
            />
        </ul>
    }
}

/// Focuses the first report once the list is rendered again: open ones come first.
fn focus_next(list: NodeRef<Ul>) {
    request_animation_frame(move || {
        let first = list
            .get_untracked()
            .and_then(|list| list.first_element_child());
        if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
            let _ = first.focus();
        }
    });
}

/// The decision, and who made it.
fn outcome(decided: &Decided) -> String {
    let by = isolated(&decided.by.shown());
    match decided.decision {
        Decision::Dismiss => format!("Dismissed by {by}"),
        Decision::DeleteMessage => format!("Message deleted by {by}"),
        Decision::Ban => format!("Banned by {by}"),
        Decision::Suspend => format!("Suspended by {by}"),
        // Never stored.
        Decision::Reopen => String::new(),
    }
}

#[component]
fn ReportItem(report: Report, changed: RwSignal<u32>) -> impl IntoView {
    let name = isolated(&report.subject.shown());
    let room = isolated(&report.room);
    let what = match (report.seq, report.room.is_empty()) {
        (Some(_), false) => format!("A message by {name} in {room}"),
        (Some(_), true) => format!("A message by {name} in a direct chat"),
        (None, false) => format!("{name} in {room}"),
        (None, true) => name,
    };
    let shown = report.notes.first().and_then(|note| note.snapshot.clone());
    let end = match report.decided.clone() {
        Some(decided) => {
            let clock = expect_context::<TimeFormat>();
            let at = decided.at;
            view! {
                <span class="item-more">
                    {outcome(&decided)} ", " {move || clock.full(at)}
                </span>
            }
            .into_any()
        }
        None => view! { <DecisionButtons report=report.clone() changed /> }.into_any(),
    };
    let notes = report.notes;
    let first = shown.clone().map(|shown| shown.text);
    let notes = notes
        .into_iter()
        .map(|note| note_view(note, first.as_deref()));
    view! {
        <li class="plain-item report" tabindex="-1">
            <div class="row-text">
                <strong dir="auto">{what}</strong>
                {shown.map(snapshot_view)}
                {notes.collect_view()}
                {end}
            </div>
        </li>
    }
}

/// The message as it was reported, with one line before and after it.
fn snapshot_view(snapshot: Snapshot) -> impl IntoView {
    let line = |line: ReportedLine| {
        view! {
            <span class="item-more">
                <bdi>{line.name}</bdi> ": " <bdi>{line.text}</bdi>
            </span>
        }
    };
    view! {
        {snapshot.before.map(line)}
        <blockquote dir="auto">{snapshot.text}</blockquote>
        {snapshot.after.map(line)}
    }
}

/// Who reported it and why; and the message at that time, if its text differs from `first`.
fn note_view(note: ReportNote, first: Option<&str>) -> impl IntoView + use<> {
    let clock = expect_context::<TimeFormat>();
    let at = note.at;
    let reason = REASONS
        .iter()
        .find(|(reason, _)| *reason == note.reason)
        .map_or("Something else", |(_, words)| words);
    let details = match note.details.is_empty() {
        true => String::new(),
        false => [": ", &note.details].concat(),
    };
    let other = note.snapshot.map(|snapshot| snapshot.text);
    let other = other.filter(|text| Some(&**text) != first);
    view! {
        {other.map(|text| view! { <blockquote dir="auto">{text}</blockquote> })}
        <span class="item-note" dir="auto">
            {reason} {details}
        </span>
        <span class="item-more">
            "Reported by " <span dir="auto">{note.by.shown()}</span> ", "
            {move || clock.full(at)}
        </span>
    }
}

/// The reasons, in the order of the form.
pub const REASONS: [(Reason, &str); 5] = [
    (Reason::Spam, "Spam"),
    (Reason::Rude, "Rude or hurtful"),
    (Reason::Harassment, "Harassment"),
    (Reason::PrivateInformation, "Private information"),
    (Reason::Other, "Something else"),
];

/// The decisions on an open report. Dismissing is done at once, with *Undo*.
#[component]
fn DecisionButtons(report: Report, changed: RwSignal<u32>) -> impl IntoView {
    let chat = use_client();
    let dialog = use_dialog();
    let toasts = use_toasts();
    let (id, name) = (report.id, isolated(&report.subject.shown()));
    let in_room = report.thread.is_some() && !report.room.is_empty();
    let dismiss = move |_| {
        let call = |decision| calls::decide_report(id, decision);
        let act = Undoable::new(
            "Report dismissed",
            call(Decision::Dismiss),
            call(Decision::Reopen),
        );
        toasts.act(act.then(move |_| {
            let _ = changed.try_update(|count| *count += 1);
        }));
    };
    // Admins can't ban or suspend themselves.
    let is_other = report.subject.id != chat.me().id;
    let mut questions = Vec::new();
    if in_room && report.seq.is_some() {
        questions.push((
            Decision::DeleteMessage,
            "Delete this message?".to_owned(),
            "This deletes it for everyone. Admins can still see it in this report.".to_owned(),
            "Delete message",
        ));
    }
    if in_room && is_other {
        questions.push((
            Decision::Ban,
            format!("Ban {name}?"),
            format!(
                "{name} will be removed from {} and can't come back.",
                isolated(&report.room)
            ),
            "Ban",
        ));
    }
    if chat.is_site_admin && is_other {
        questions.push((
            Decision::Suspend,
            format!("Suspend {name}?"),
            format!(
                "{name} will be logged out everywhere and can't log in until you restore the account."
            ),
            "Suspend",
        ));
    }
    let buttons = questions.into_iter().map(|(decision, title, text, act)| {
        let call = calls::decide_report(id, decision);
        let question = Confirmation::plain(title, text, act, call).notifying(changed);
        view! {
            <button
                type="button"
                class="button small"
                on:click=handler(move |_| dialog.ask(question.clone()))
            >
                {act}
                "…"
            </button>
        }
    });
    view! {
        <p class="buttons">
            <button
                type="button"
                class="button small"
                on:click=dismiss
            >
                "Dismiss"
            </button>
            {buttons.collect_view()}
        </p>
    }
}
