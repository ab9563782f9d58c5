//! Browser only: carries out what the engine wants (socket, fetches, timers, storage), and tells it what
//! happens to the page (seen or hidden, network gone and back).

mod driver;
mod page;
mod socket;

use crate::app::App;
use crate::engine::Input;
use crate::ui::chat::Chat;

/// Takes over the page that the server rendered.
pub fn start() {
    leptos::mount::hydrate_body(App);
}

/// Brings the chat of a page that has been taken over to life.
pub fn drive(chat: Chat) {
    let outbox = driver::kept_outbox(chat);
    let random = (js_sys::Math::random() * (1u64 << 53) as f64) as u64;
    chat.begin(driver::carry_out, outbox, random);
    page::watch(chat);
    chat.act(Input::Start);
}

/// The length of a pause that ends at `at`.
fn until(at: i64) -> std::time::Duration {
    // Browsers take pauses of more than 2^31 ms for none; being early does no harm.
    let pause = (at - crate::ui::time::now()).clamp(1, 60_000);
    std::time::Duration::from_millis(pause.unsigned_abs())
}
