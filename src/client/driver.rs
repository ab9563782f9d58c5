//! The driver: carries out the engine's effects with the browser's socket, timers and HTTP.

use std::cell::RefCell;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::outbox_store;
use super::socket::Socket;

use super::state::ClientState;
use super::{api, clock, notices};
use crate::engine::{Effect, Engine, Input};
use crate::model::{Millis, Position, ThreadId};

/// The running socket and timer. A page has one engine, so one of these.
#[derive(Default)]
struct DriverState {
    socket: Option<Socket>,
    timer: Option<(Millis, TimeoutHandle)>,
}

thread_local! {
    static DRIVER_STATE: RefCell<DriverState> = RefCell::default();
}

/// The time left until `at`, for a timer.
fn until(at: Millis) -> Duration {
    // Browsers treat pauses of more than 2^31 ms as zero. Waking early does no harm.
    let pause = (at - clock::now()).clamp(1, 60_000);
    Duration::from_millis(pause.unsigned_abs())
}

/// Carries out effects in order.
pub(super) fn carry_out(chat: ClientState, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::Connect => {
                close_socket();
                let socket = Socket::open(chat);
                DRIVER_STATE.with_borrow_mut(|it| it.socket = Some(socket));
            }
            Effect::Disconnect => close_socket(),
            Effect::Transmit(frame) => DRIVER_STATE.with_borrow(|it| {
                if let Some(socket) = &it.socket {
                    socket.send(&frame);
                }
            }),
            Effect::FetchPage { thread, position } => fetch_page(chat, thread, position),
            Effect::FetchPeople { after } => spawn_local(async move {
                let answer = api::people(after.as_deref()).await;
                chat.act(Input::People(answer));
            }),
            Effect::FetchThreads { after } => spawn_local(async move {
                let answer = api::threads(after).await;
                chat.act(Input::Threads(answer));
            }),
            Effect::FetchMembers { thread, after } => spawn_local(async move {
                let result = api::members(thread, after.as_deref()).await;
                chat.act(Input::Members {
                    thread,
                    after,
                    result,
                });
            }),
            Effect::Arrived(event) => notices::arrived(chat, &event),
            Effect::Missed { thread, after } => notices::missed(chat, thread, after),
            Effect::SaveOutbox => {
                chat.read(|engine| outbox_store::save(chat.me().id, engine.outbox()));
            }
            Effect::Changed(_) => {}
        }
    }
    set_timer(chat);
}

fn close_socket() {
    // Dropped outside the borrow: closing a socket runs handlers.
    let socket = DRIVER_STATE.with_borrow_mut(|it| it.socket.take());
    drop(socket);
}

fn fetch_page(chat: ClientState, thread: ThreadId, position: Position) {
    spawn_local(async move {
        let result = api::history(thread, position).await;
        chat.act(Input::Page {
            thread,
            position,
            result,
        });
    });
}

/// Sets the timer for the engine's next tick.
fn set_timer(chat: ClientState) {
    let next = chat.read(Engine::next_tick);
    let set = DRIVER_STATE.with_borrow(|it| it.timer.as_ref().map(|(at, _)| *at));
    if next == set {
        return;
    }
    let handle = next.and_then(|at| {
        let tick = move || {
            DRIVER_STATE.with_borrow_mut(|it| it.timer = None);
            chat.act(Input::Tick);
        };
        Some((at, set_timeout_with_handle(tick, until(at)).ok()?))
    });
    let before = DRIVER_STATE.with_borrow_mut(|it| std::mem::replace(&mut it.timer, handle));
    if let Some((_, before)) = before {
        before.clear();
    }
}
