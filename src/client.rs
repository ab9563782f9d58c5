//! Browser only: carries out what the engine wants (socket, fetches, timers, storage), and tells it what
//! happens to the page (seen or hidden, network gone and back).

mod driver;
mod outbox_store;
mod page;
mod socket;

use std::time::Duration;

use leptos::prelude::document;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::engine::Input;
use crate::ui::chat::Chat;
use crate::ui::later;
use crate::ui::marked;
use crate::ui::start;

/// How long to wait before what could not be fetched is fetched again.
const PAUSE: Duration = Duration::from_secs(3);

/// Takes over the page that the server rendered, when all that is drawn on it is there.
pub fn start() {
    let start = document().get_element_by_id(start::ID);
    let waits = |name| {
        start
            .as_ref()
            .is_some_and(|element| element.has_attribute(name))
    };
    let (later, marked) = (waits(start::LATER), waits(start::MARKED));
    if !later && !marked {
        leptos::mount::hydrate_body(App);
        return;
    }
    spawn_local(async move {
        // Both are on their way already: the head of the page names them.
        let later = !later || later::fetch().await.is_ok();
        let marked = !marked || marked::fetch().await.is_ok();
        if later && marked {
            leptos::mount::hydrate_body(App);
        } else {
            // Until then it is a page without a script: it can be read, and its forms work.
            leptos::prelude::set_timeout(self::start, PAUSE);
        }
    });
}

/// Brings the chat of a page that has been taken over to life.
pub fn drive(chat: Chat) {
    let outbox = outbox_store::load(chat.me().id);
    let random = (js_sys::Math::random() * (1u64 << 53) as f64) as u64;
    chat.begin(driver::carry_out, outbox, random);
    page::watch(chat);
    outbox_store::watch(chat);
    chat.act(Input::Start);
}

/// The length of a pause that ends at `at`.
fn until(at: i64) -> Duration {
    // Browsers take pauses of more than 2^31 ms for none; being early does no harm.
    let pause = (at - crate::ui::time::now()).clamp(1, 60_000);
    Duration::from_millis(pause.unsigned_abs())
}
