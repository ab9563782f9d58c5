//! A row of the list of people: a button that opens the direct thread with that person.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::api::forms::OPEN_DIRECT;
use crate::client::reactive::memo;
use crate::client::router::Router;
use crate::client::state::use_client;
use crate::model::UserId;
use crate::ui::common::avatar::Avatar;
use crate::ui::common::erased::erase;
use crate::ui::common::filtered_list::position_of;

/// `notice` receives the reason if the thread could not be opened.
#[component]
pub fn PersonRow(
    id: UserId,
    found: Memo<Vec<UserId>>,
    notice: RwSignal<Option<String>>,
) -> impl IntoView {
    let chat = use_client();
    let router = expect_context::<Router>();
    let person = memo(move |_| chat.person(id));
    let online = memo(move |_| chat.is_online(id));
    let opening = RwSignal::new(false);

    let open = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        notice.set(None);
        if opening.get_untracked() {
            return;
        }
        opening.set(true);
        spawn_local(async move {
            let answer = chat.open_direct(id).await;
            // The row may be gone by now, when the user has scrolled on.
            let _ = opening.try_set(false);
            match answer {
                Ok(path) => router.go(&path),
                Err(refused) => notice.set(Some(refused.to_string())),
            }
        });
    };
    let position = position_of(found, id);
    let you = (id == chat.me().id).then_some(" (you)");
    let names = move || {
        person.get().map(|person| {
            view! {
                <Avatar person=person.clone() online />
                <span class="row-text">
                    <span class="row-name">
                        <bdi>{person.display_name}</bdi>
                        {you}
                    </span>
                    <span class="row-more">
                        <span class="row-username">"@" {person.username}</span>
                        <span class="sr-only">
                            {erase(move || online.get().then_some(" · online"))}
                        </span>
                    </span>
                </span>
            }
            .into_any()
        })
    };
    view! {
        <li
            class="person"
            aria-posinset=move || position.get().0.map(|at| (at + 1).to_string())
            aria-setsize=move || position.get().1.to_string()
        >
            <form method="post" action=OPEN_DIRECT on:submit=open>
                <input type="hidden" name="with" value=id.to_string() />
                <button class="row person-row" aria-busy=move || opening.get().then_some("true")>
                    {erase(names)}
                </button>
            </form>
        </li>
    }
}
