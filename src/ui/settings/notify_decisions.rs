//! "Why did I (not) get this?": what was decided of the latest messages, in this browser and about pushes.

use leptos::prelude::*;

use super::decision_log;
use crate::client::api;
use crate::client::clock::{TimeFormat, rfc3339};
use crate::client::router::is_link;
use crate::client::state::use_client;
use crate::model::notify::{Cause, NotifyDecision, NotifyVerdict, Silence};
use crate::model::{Millis, Seq, ThreadId, limits};
use crate::routes::message_path;
use crate::ui::common::fetch::{LoadingText, fetched, waiting_text};
use crate::ui::context::overlay::OpenOverlay;

const NOTHING: &str = "No messages have arrived since you turned notifications on.";

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    thread: ThreadId,
    seq: Seq,
    at: Millis,
    /// In this browser, while a page was open.
    here: Option<NotifyVerdict>,
    /// By pushes to all of the user's browsers.
    pushed: Option<NotifyVerdict>,
}

/// One entry for each message, the latest first.
fn merged(here: &[NotifyDecision], pushed: &[NotifyDecision]) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    let both = here.iter().map(|it| (it, true));
    for (decision, is_here) in both.chain(pushed.iter().map(|it| (it, false))) {
        let NotifyDecision {
            thread, seq, at, ..
        } = *decision;
        let known = all
            .iter()
            .position(|it| (it.thread, it.seq) == (thread, seq));
        let index = known.unwrap_or_else(|| {
            let (here, pushed) = (None, None);
            all.push(Entry {
                thread,
                seq,
                at,
                here,
                pushed,
            });
            all.len() - 1
        });
        let entry = &mut all[index];
        entry.at = entry.at.min(at);
        match is_here {
            true => entry.here = Some(decision.verdict),
            false => entry.pushed = Some(decision.verdict),
        }
    }
    all.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.seq)));
    all.truncate(limits::DECISIONS_MAX);
    all
}

fn words(verdict: NotifyVerdict) -> &'static str {
    match verdict {
        NotifyVerdict::Notified(Cause::Mention) => "Notified: you were mentioned.",
        NotifyVerdict::Notified(Cause::Reply) => "Notified: it replies to you.",
        NotifyVerdict::Notified(Cause::Keyword) => "Notified: it has one of your keywords.",
        NotifyVerdict::Notified(Cause::Level) => "Notified: you chose all messages of this chat.",
        NotifyVerdict::Silent(Silence::Own) => "Not notified: you wrote it.",
        NotifyVerdict::Silent(Silence::Blocked) => "Not notified: you block its author.",
        NotifyVerdict::Silent(Silence::Read) => "Not notified: you had read it.",
        NotifyVerdict::Silent(Silence::Muted) => "Not notified: you muted this chat.",
        NotifyVerdict::Silent(Silence::Nothing) => "Not notified: you chose nothing for this chat.",
        NotifyVerdict::Silent(Silence::NoMention) => {
            "Not notified: you chose mentions and replies, and it is neither."
        }
        NotifyVerdict::Silent(Silence::Quiet) => {
            "Not notified: notifications were paused, or it was in your quiet hours."
        }
        NotifyVerdict::Silent(Silence::Looking) => "Not notified: you were looking at chapp.",
        NotifyVerdict::Undelivered => "Not delivered: a browser's push service didn't take it.",
    }
}

/// The list. Fetched when it is shown.
#[component]
pub fn DecisionList() -> impl IntoView {
    let chat = use_client();
    let clock = expect_context::<TimeFormat>();
    let overlay = use_context::<OpenOverlay>();
    let found = fetched(RwSignal::new(0), api::notify_decisions);
    let here = decision_log::decisions(chat.me().id);
    let is_none_here = here.is_empty();
    let text = waiting_text(found, NOTHING, move |pushed: &Vec<_>| {
        pushed.is_empty() && is_none_here
    });
    let one = move |entry: Entry| {
        let title = chat.title(entry.thread);
        let title = title.unwrap_or_else(|| "A chat that you're no longer in".to_owned());
        let line = |place: &'static str, verdict: Option<NotifyVerdict>| {
            verdict.map(|verdict| {
                view! { <span class="decision">{place} ": " {words(verdict)}</span> }
            })
        };
        view! {
            <li>
                <a class="row excerpt" href=message_path(entry.thread, entry.seq)>
                    <span class="row-text">
                        <span class="row-line">
                            <span class="excerpt-author" dir="auto">
                                {title}
                            </span>
                            <time class="thread-time" datetime=rfc3339(entry.at) title=clock.full(entry.at)>
                                {clock.brief(entry.at)}
                            </time>
                        </span>
                        {line("On this device", entry.here)}
                        {line("While closed", entry.pushed)}
                    </span>
                </a>
            </li>
        }
    };
    let list = move || {
        let pushed = found.get().and_then(Result::ok);
        pushed.map(|pushed| {
            let entries = merged(&here, &pushed);
            entries.into_iter().map(one).collect_view()
        })
    };
    view! {
        <p class="section-hint">
            "The last 100 messages that could have notified you. What was decided while chapp was closed is remembered until the server restarts."
        </p>
        <LoadingText text />
        <ul class="decisions" on:click=move |event| {
            if let (true, Some(overlay)) = (is_link(&event), overlay) {
                overlay.set(None);
            }
        }>
            {list}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(seq: Seq, at: Millis, verdict: NotifyVerdict) -> NotifyDecision {
        let thread = ThreadId(1);
        NotifyDecision {
            thread,
            seq,
            at,
            verdict,
        }
    }

    #[test]
    fn what_was_decided_of_a_message_here_and_elsewhere_is_one_entry() {
        let muted = NotifyVerdict::Silent(Silence::Muted);
        let here = [decided(5, 50, muted), decided(3, 30, muted)];
        let pushed = [
            decided(6, 60, muted),
            decided(5, 53, NotifyVerdict::Undelivered),
        ];
        let all = merged(&here, &pushed);
        let seqs: Vec<_> = all.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, [6, 5, 3]);
        assert_eq!(all[1].at, 50);
        assert_eq!(all[1].here, Some(muted));
        assert_eq!(all[1].pushed, Some(NotifyVerdict::Undelivered));
    }

    #[test]
    fn the_latest_hundred_messages_are_listed() {
        let level = NotifyVerdict::Notified(Cause::Level);
        let here: Vec<_> = (0..90).map(|seq| decided(seq, seq, level)).collect();
        let pushed: Vec<_> = (60..150).map(|seq| decided(seq, seq, level)).collect();
        let all = merged(&here, &pushed);
        assert_eq!(all.len(), limits::DECISIONS_MAX);
        assert_eq!((all[0].seq, all[99].seq), (149, 50));
    }
}
