//! The window of a logged-in user, with the open route in its main part.

pub mod areas;
pub mod banner;
pub mod confirm_dialog;
pub mod dialog;
pub mod floats;
pub mod logged_out;
pub mod overlay;
pub mod phone_bar;
use leptos::prelude::*;
use leptos_meta::Title;

use self::banner::Banner;
use self::dialog::Dialog;
use self::floats::{FloatPlace, ToastPlaces};
use self::overlay::Overlays;
use self::phone_bar::PhoneBar;
use super::common::empty_state::{EmptyState, NothingHere};
use super::common::erased::erase;
use super::context::attachments::Attachments;
use super::context::confirmation::ConfirmContext;
use super::context::floating::Floats;
use super::context::open_place::Open;
use super::context::overlay::OpenOverlay;
use super::context::toasts::Toasts;
use super::context::way_in::WayIn;
use super::lazy::{Lazy, LazyView};
use super::markdown::loader::MarkdownContext;
use super::sidebar::Sidebar;
use super::thread::thread_pane::ThreadPane;
use crate::client::clock::TimeFormat;
use crate::client::dom;
use crate::client::notices::Notices;
use crate::client::page_data;
use crate::client::reactive::{effect, memo};
use crate::client::router::Router;
use crate::client::state::{ClientState, use_client};
use crate::engine::Input;
use crate::model::{Boot, PageData, names};
use crate::routes::{Route, token};

/// The window. `missing`: the server found nothing at this route.
#[component]
pub fn Window(boot: Boot, data: PageData, route: Route, missing: bool) -> impl IntoView {
    let now = data.now;
    let chat = ClientState::new(boot, now);
    MarkdownContext::provide();
    let clock = TimeFormat::new(now);
    let router = Router::from_here();
    let open = RwSignal::new(Open { route, missing });
    provide_context(router);
    provide_context(chat);
    provide_context(clock);
    provide_context(open);
    page_data::provide(data);
    ConfirmContext::provide();
    Floats::provide();
    Toasts::provide();
    Attachments::provide();
    Notices::provide();
    provide_context(OpenOverlay::new(None));
    follow_address(router, chat, clock, open);

    let title = move || {
        let unread: i64 = chat.calling().iter().map(|(_, count)| count).sum();
        let route = open.get().route;
        let name = route.thread().and_then(|id| chat.title(id));
        let name = name.as_deref().or(route.name());
        let name = name.map_or_else(|| "chapp".to_owned(), |name| [name, " – chapp"].concat());
        if unread > 0 {
            format!("({unread}) {name}")
        } else {
            name
        }
    };
    // Leptos writes the title after rendering, when the signals of this request may be disposed of.
    #[cfg(feature = "ssr")]
    let title = untrack(title);
    let at_list = move || open.get().route.is_list();
    let at_people = move || open.get().route == Route::People;
    let at_thread = move || open.get().route.thread().is_some();
    view! {
        <Title text=title />
        <a class="skip" href="#main">
            "Skip to messages"
        </a>
        <div
            class="window"
            class:at-list=erase(at_list)
            class:at-people=erase(at_people)
            class:at-thread=erase(at_thread)
        >
            <Banner />
            <Sidebar />
            <main id="main" class="main" tabindex="-1">
                <Main />
                <FloatPlace />
            </main>
            <PhoneBar />
        </div>
        <Dialog />
        <Overlays />
        <ToastPlaces />
    }
}

/// The content of the main part: equal as long as the same pane is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Page(Route),
}

#[component]
fn Main() -> impl IntoView {
    let open = expect_context::<RwSignal<Open>>();
    let chat = use_client();
    // The user may have joined since the server found nothing.
    let is_known = move |route: Route| route.thread().is_some_and(|id| chat.is_known(id));
    let shown = memo(move |_| match open.get() {
        Open {
            missing: true,
            route,
        } if route != Route::Invite && !is_known(route) => Shown::Nothing,
        // The thread stays rendered while the room's panel opens and closes.
        Open {
            route: Route::About(id) | Route::Message(id, _),
            ..
        } => Shown::Page(Route::Thread(id)),
        Open {
            route: Route::People,
            ..
        } => Shown::Page(Route::List),
        Open { route, .. } => Shown::Page(route),
    });
    erase(move || match shown.get() {
        Shown::Nothing | Shown::Page(Route::Nowhere) => view! { <NothingHere /> }.into_any(),
        Shown::Page(Route::Thread(id) | Route::Message(id, _) | Route::About(id)) => {
            view! { <ThreadPane id /> }.into_any()
        }
        Shown::Page(Route::List | Route::People) => view! { <EmptyState /> }.into_any(),
        Shown::Page(Route::Rooms) => view! { <Lazy view=LazyView::Rooms /> }.into_any(),
        Shown::Page(Route::NewRoom) => view! { <Lazy view=LazyView::NewRoom /> }.into_any(),
        Shown::Page(Route::NewChat) => view! { <Lazy view=LazyView::NewChat /> }.into_any(),
        Shown::Page(Route::Saved) => view! { <Lazy view=LazyView::Saved /> }.into_any(),
        Shown::Page(Route::Search) => view! { <Lazy view=LazyView::Search /> }.into_any(),
        Shown::Page(Route::Admin) => view! { <Lazy view=LazyView::Admin /> }.into_any(),
        Shown::Page(Route::Settings) => view! { <Lazy view=LazyView::You /> }.into_any(),
        Shown::Page(Route::Security) => view! { <Lazy view=LazyView::Security /> }.into_any(),
        Shown::Page(Route::Invite) => {
            let token = token(&dom::path()).unwrap_or_default().to_owned();
            view! { <Lazy view=LazyView::RoomCard(WayIn::Invite(token)) /> }.into_any()
        }
    })
}

/// Opens the route of the address whenever it changes, and starts the client after hydration.
fn follow_address(router: Router, chat: ClientState, clock: TimeFormat, open: RwSignal<Open>) {
    // A thread that the user is not in is opened once they are in it.
    let known = move |route: Route| route.thread().filter(|id| chat.is_known(*id));
    let opened = StoredValue::new(untrack(|| known(open.get().route)));
    let engine_opens = move |thread| {
        if opened.get_value() != thread {
            opened.set_value(thread);
            chat.act(Input::Open(thread));
        }
    };
    effect(move |begun: Option<()>| {
        let route = router.route();
        if begun.is_none() {
            router.watch();
            start(chat, clock);
        }
        // The engine opens the thread before it is rendered, so that the first render has the engine's data. The
        // thread in the page's data is open from the start.
        let before = open.get_untracked();
        let missing = before.missing && before.route == route;
        if begun.is_some() {
            // The page's data belongs to the first route.
            drop(page_data::take());
            engine_opens(untrack(|| known(route)));
        }
        if before != (Open { route, missing }) {
            open.set(Open { route, missing });
        }
        if begun.is_none() {
            dom::mark_hydrated();
        }
    });
    effect(move |begun: Option<()>| {
        let thread = known(open.get().route);
        if begun.is_some() {
            engine_opens(thread);
        }
    });
}

/// Starts the parts that exist in the browser only. The server never gets here.
fn start(chat: ClientState, clock: TimeFormat) {
    clock.use_local_zone();
    names::use_readers_language();
    #[cfg(feature = "hydrate")]
    crate::client::drive(chat);
    #[cfg(not(feature = "hydrate"))]
    let _ = chat;
}
