//! The audit log of a room or of the site: who did which administrative action to whom, and when.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api;
use crate::client::clock::{TimeFormat, rfc3339};
use crate::model::names::isolated;
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
    Effect::new(move |_| fetch());
    let entries = move || found.get().and_then(Result::ok).unwrap_or_default();
    view! {
        <LoadingText text=waiting_text(found, "Nothing has been done yet.", Vec::is_empty) />
        <ol class="plain-list">
            <For
                each=entries
                key=|entry| entry.id
                children=move |entry| view! { <Entry entry with_room=target.is_none() /> }
            />
        </ol>
        <Show when=move || more.get()>
            <button type="button" class="button small quiet" on:click=move |_| fetch()>
                "Show earlier entries"
            </button>
        </Show>
    }
}

#[component]
fn Entry(entry: AuditEntry, with_room: bool) -> impl IntoView {
    let clock = expect_context::<TimeFormat>();
    let at = entry.at;
    let text = sentence(&entry, with_room);
    view! {
        <li class="plain-item">
            <div class="row-text">
                <span dir="auto">{text}</span>
                <time class="item-more" datetime=rfc3339(at)>
                    {move || clock.full(at)}
                </time>
            </div>
        </li>
    }
}

/// An entry as a sentence.
fn sentence(entry: &AuditEntry, with_room: bool) -> String {
    let actor = entry.actor.as_ref();
    let name = |person: &Person| isolated(&person.shown());
    let actor = actor.map_or_else(|| "The operator".to_owned(), name);
    let subject = entry.subject.as_ref();
    let subject = subject.map_or_else(|| "somebody".to_owned(), name);
    let detail = entry.detail.as_str();
    // Isolated, so that the user's text can't change the direction of the sentence around it.
    let written = isolated(detail);
    let done = match entry.action.as_str() {
        "remove" => format!("removed {subject}"),
        "ban" if detail.is_empty() => format!("banned {subject}"),
        "ban" => format!("banned {subject}: {written}"),
        "lift_ban" => format!("lifted the ban of {subject}"),
        "set_role" if detail == "admin" => format!("made {subject} an admin"),
        "set_role" => format!("took admin from {subject}"),
        "rename" => format!("renamed the room to {written}"),
        "set_topic" if detail.is_empty() => "took the topic away".to_owned(),
        "set_topic" => format!("set the topic: {written}"),
        "make_public" => "made the room public".to_owned(),
        "set_key" => "set a key".to_owned(),
        "set_posting" => match detail {
            "everyone" => "let everyone post".to_owned(),
            "replies" => "let only admins post, and everyone reply".to_owned(),
            _ => "let only admins post".to_owned(),
        },
        "set_slow_mode" if detail == "0" => "turned slow mode off".to_owned(),
        "set_slow_mode" => format!("set slow mode to {detail} seconds"),
        "set_inviting" if detail == "members" => "let every member invite".to_owned(),
        "set_inviting" => "let only admins invite".to_owned(),
        "set_room_making" if detail == "everyone" => "let everyone make rooms".to_owned(),
        "set_room_making" => "let only site admins make rooms".to_owned(),
        "set_writing_first" => match detail {
            "everyone" => "let everyone start conversations".to_owned(),
            "roommates" => "let people who share a room start conversations".to_owned(),
            _ => "let only site admins start conversations".to_owned(),
        },
        "set_site_inviting" if detail == "members" => {
            "let every invite link lead to an account".to_owned()
        }
        "set_site_inviting" => "let only site admins invite to the site".to_owned(),
        "decide_report" => match detail {
            "dismiss" => format!("dismissed a report about {subject}"),
            _ => format!("settled a report about {subject}"),
        },
        "delete_message" => "deleted a message".to_owned(),
        "delete_room" => "deleted the room".to_owned(),
        "make_invite" => "made an invite link".to_owned(),
        "revoke_invite" => "revoked an invite link".to_owned(),
        "set_sign_up" => match detail {
            "everyone" => "let everyone sign up".to_owned(),
            "invited" => "let only invited people sign up".to_owned(),
            _ => "let nobody sign up".to_owned(),
        },
        "suspend" => format!("suspended {subject}"),
        "restore" => format!("restored {subject}"),
        "make_site_admin" => format!("made {subject} a site admin"),
        "take_site_admin" => format!("took site admin from {subject}"),
        // An action of a newer version.
        other => [other, " ", detail].concat(),
    };
    let place = match entry.room.as_str() {
        "" => String::new(),
        _ if !with_room => String::new(),
        room => [" (", &isolated(room), ")"].concat(),
    };
    [&*actor, " ", &done, &place].concat()
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
    fn an_entry_names_actor_action_target_and_room() {
        let entry = AuditEntry {
            id: 1,
            at: 0,
            actor: Some(person(1, "Ana")),
            action: "ban".into(),
            room: "Garden".into(),
            subject: Some(person(2, "Bo")),
            detail: "Spam".into(),
        };
        assert_eq!(sentence(&entry, true), "Ana banned Bo: Spam (Garden)");
        assert_eq!(sentence(&entry, false), "Ana banned Bo: Spam");
        let hebrew = AuditEntry {
            actor: Some(person(1, "דנה")),
            ..entry.clone()
        };
        assert_eq!(
            sentence(&hebrew, false),
            "\u{200E}\u{2068}דנה\u{2069} banned Bo: Spam"
        );
        let by_operator = AuditEntry {
            actor: None,
            action: "suspend".into(),
            room: String::new(),
            ..entry
        };
        assert_eq!(sentence(&by_operator, true), "The operator suspended Bo");
    }
}
