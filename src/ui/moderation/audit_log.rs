//! The audit log of a room or of the site: who did which administrative action to whom, and when.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api;
use crate::client::clock::{TimeFormat, rfc3339};
use crate::client::reactive::{effect, handler};
use crate::model::names::isolated;
use crate::model::refusal::human;
use crate::model::{AuditEntry, Person, Refusal, ThreadId};
use crate::ui::common::fetch::{LoadingText, waiting_text};

/// The audit log, newest first. `target`: the room; `None`: the actions of site admins, including those in rooms.
#[component]
pub fn AuditLog(target: Option<ThreadId>) -> impl IntoView {
    let found = RwSignal::new(None::<Result<Vec<AuditEntry>, Refusal>>);
    let more = RwSignal::new(false);
    let fetch = move || {
        let last = found.with_untracked(|found| {
            let entries = found.as_ref()?.as_ref().ok()?;
            entries.last().map(|entry| entry.id)
        });
        spawn_local(async move {
            let answer = api::audit(target, last).await;
            if found.is_disposed() {
                return;
            }
            match answer {
                Ok(page) => {
                    more.set(page.more);
                    found.update(|found| match found {
                        Some(Ok(all)) => all.extend(page.entries),
                        _ => *found = Some(Ok(page.entries)),
                    });
                }
                Err(refusal) => found.set(Some(Err(refusal))),
            }
        });
    };
    effect(move |_| fetch());
    let entries = move || found.get().and_then(Result::ok).unwrap_or_default();
    view! {
        <LoadingText text=waiting_text(found, "Nothing here yet", Vec::is_empty) />
        <ol class="plain-list">
            <For
                each=entries
                key=|entry| entry.id
                children=move |entry| view! { <Entry entry with_room=target.is_none() /> }
            />
        </ol>
        <Show when=move || more.get()>
            <button type="button" class="button small quiet" on:click=handler(move |_| fetch())>
                "Show older entries"
            </button>
        </Show>
    }
}

#[component]
fn Entry(entry: AuditEntry, with_room: bool) -> impl IntoView {
    let clock = expect_context::<TimeFormat>();
    let at = entry.at;
    let text = sentence(&entry);
    let room =
        (with_room && !entry.room.is_empty()).then(|| view! { <bdi>{entry.room}</bdi> " · " });
    view! {
        <li class="plain-item">
            <div class="row-text">
                <span dir="auto">{text}</span>
                <span class="item-more">
                    {room} <time datetime=rfc3339(at)>{move || clock.full(at)}</time>
                </span>
            </div>
        </li>
    }
}

/// An entry as a sentence.
fn sentence(entry: &AuditEntry) -> String {
    let actor = entry.actor.as_ref();
    let name = |person: &Person| isolated(&person.shown());
    let actor = actor.map_or_else(|| "The operator".to_owned(), name);
    let subject = entry.subject.as_ref();
    let subject = subject.map_or_else(|| "someone".to_owned(), name);
    let detail = entry.detail.as_str();
    // Isolated, so that the user's text can't change the direction of the sentence around it.
    let written = isolated(detail);
    let pause = human(detail.parse().unwrap_or(0) * 1_000);
    match entry.action.as_str() {
        "remove" => format!("{actor} removed {subject}"),
        "ban" if detail.is_empty() => format!("{actor} banned {subject}"),
        "ban" => format!("{actor} banned {subject}: {written}"),
        "lift_ban" => format!("{actor} unbanned {subject}"),
        "set_role" if detail == "admin" => format!("{actor} made {subject} an admin"),
        "set_role" => format!("{actor} removed {subject} as admin"),
        "rename" => format!("{actor} renamed the room to {written}"),
        "set_topic" if detail.is_empty() => format!("{actor} removed the topic"),
        "set_topic" => format!("{actor} set the topic: {written}"),
        "make_public" => format!("{actor} made the room public"),
        "set_key" => format!("{actor} set a key"),
        "set_posting" => match detail {
            "everyone" => format!("{actor} let everyone post"),
            "replies" => format!("{actor} let only admins post, and everyone reply"),
            _ => format!("{actor} let only admins post"),
        },
        "set_slow_mode" if detail == "0" => format!("{actor} turned slow mode off"),
        "set_slow_mode" => format!("{actor} set slow mode to {pause}"),
        "set_inviting" if detail == "members" => format!("{actor} let all members invite people"),
        "set_inviting" => format!("{actor} let only admins invite people"),
        "set_room_making" if detail == "everyone" => format!("{actor} let everyone create rooms"),
        "set_room_making" => format!("{actor} let only site admins create rooms"),
        "set_writing_first" => match detail {
            "everyone" => format!("{actor} let everyone start direct chats"),
            "roommates" => format!("{actor} let people who share a room start direct chats"),
            _ => format!("{actor} let only site admins start direct chats"),
        },
        "set_site_inviting" if detail == "members" => {
            format!("{actor} let every invite link create accounts")
        }
        "set_site_inviting" => format!("{actor} let only site admins invite people to the site"),
        "decide_report" => match detail {
            "dismiss" => format!("{actor} dismissed a report about {subject}"),
            "reopen" => format!("{actor} reopened a report about {subject}"),
            _ => format!("{actor} acted on a report about {subject}"),
        },
        "delete_message" => format!("{actor} deleted a message"),
        "delete_room" => format!("{actor} deleted the room"),
        "make_invite" => format!("{actor} created an invite link"),
        "revoke_invite" => format!("{actor} revoked an invite link"),
        "set_sign_up" => match detail {
            "everyone" => format!("{actor} let everyone sign up"),
            "invited" => format!("{actor} let only people with an invite link sign up"),
            _ => format!("{actor} closed sign-up"),
        },
        "set_display_name" => format!("{actor} changed their name, which was {written}"),
        "suspend" => format!("{actor} suspended {subject}"),
        "restore" => format!("{actor} restored {subject}"),
        "make_site_admin" => format!("{actor} made {subject} a site admin"),
        "take_site_admin" => format!("{actor} removed {subject} as site admin"),
        // An action of a newer version.
        other => format!("{actor}: {other} {written}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;

    fn person(id: i64, name: &str) -> Person {
        Person {
            id: UserId(id),
            username: name.to_lowercase(),
            display_name: name.into(),
            is_ambiguous: false,
        }
    }

    #[test]
    fn an_entry_names_actor_action_and_target() {
        let entry = AuditEntry {
            id: 1,
            at: 0,
            actor: Some(person(1, "Ana")),
            action: "ban".into(),
            room: "Garden".into(),
            subject: Some(person(2, "Bo")),
            detail: "Spam".into(),
        };
        assert_eq!(sentence(&entry), "Ana banned Bo: Spam");
        let hebrew = AuditEntry {
            actor: Some(person(1, "דנה")),
            ..entry.clone()
        };
        assert_eq!(
            sentence(&hebrew),
            "\u{200E}\u{2068}דנה\u{2069} banned Bo: Spam"
        );
        let by_operator = AuditEntry {
            actor: None,
            action: "suspend".into(),
            room: String::new(),
            ..entry
        };
        assert_eq!(sentence(&by_operator), "The operator suspended Bo");
    }
}
