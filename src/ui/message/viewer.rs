//! The viewer: the pictures of the loaded part of a thread, one at a time, over the whole window.

use leptos::ev::{KeyboardEvent, MouseEvent, TouchEvent};
use leptos::html::{Dialog, Div};
use leptos::prelude::*;

use crate::client::clock::TimeFormat;
use crate::client::dom;
use crate::client::reactive::{effect, handler, memo};
use crate::client::state::use_client;
use crate::model::names::isolated;
use crate::model::{EventBody, FileId, FileKind, FileRef, Millis, Seq, ThreadId, UserId};
use crate::routes::{download_path, file_path, message_path};
use crate::ui::common::icons::{Back, Bubble, Close, Download, Minus, Next, Plus};

/// In per cent.
const ZOOMS: [u32; 6] = [100, 150, 200, 300, 400, 600];
/// How far a finger moves for a swipe, in pixels.
const SWIPE: i32 = 48;
const BACKWARDS: i32 = -SWIPE;
/// How far an arrow key moves an enlarged picture, in pixels.
const PAN: f64 = 80.0;

/// A picture with its message.
#[derive(Clone, PartialEq)]
struct Shown {
    seq: Seq,
    author: UserId,
    at: Millis,
    file: FileRef,
}

/// The pictures of the loaded part of a thread, in its order.
fn pictures(thread: ThreadId) -> Vec<Shown> {
    let timeline = untrack(|| use_client().timeline(thread));
    let events = timeline.map(|it| it.events).unwrap_or_default();
    let mut all = Vec::new();
    for event in events {
        if let EventBody::Message(message) = event.body {
            let files = message.files.into_iter();
            let pictures = files.filter(|file| file.kind == FileKind::Image);
            all.extend(pictures.map(|file| Shown {
                seq: event.seq,
                author: event.actor,
                at: event.at,
                file,
            }));
        }
    }
    all
}

/// Which picture is shown, and how large.
#[derive(Clone, Copy)]
struct Viewing {
    node: NodeRef<Dialog>,
    stage: NodeRef<Div>,
    all: StoredValue<Vec<Shown>>,
    count: usize,
    index: RwSignal<usize>,
    /// Of [`ZOOMS`].
    zoom: RwSignal<usize>,
}

impl Viewing {
    fn close(self) {
        if let Some(dialog) = self.node.get_untracked() {
            dialog.close();
        }
    }

    fn step(self, by: isize) {
        let to = self.index.get_untracked().checked_add_signed(by);
        if let Some(to) = to.filter(|to| *to < self.count) {
            self.zoom.set(0);
            self.index.set(to);
        }
    }

    fn enlarge(self, by: isize) {
        let to = self.zoom.get_untracked().checked_add_signed(by);
        self.zoom.set(to.unwrap_or(0).min(ZOOMS.len() - 1));
    }

    /// Moves the view of an enlarged picture.
    fn pan(self, right: f64, down: f64) {
        if let Some(stage) = self.stage.get_untracked() {
            stage.scroll_by_with_x_and_y(right, down);
        }
    }

    fn pressed(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let forward = if dom::is_right_to_left() { -1 } else { 1 };
        let at = self.index.get_untracked().cast_signed();
        let is_enlarged = self.zoom.get_untracked() != 0;
        match &*event.key() {
            "ArrowRight" if is_enlarged => self.pan(PAN, 0.0),
            "ArrowLeft" if is_enlarged => self.pan(-PAN, 0.0),
            "ArrowDown" if is_enlarged => self.pan(0.0, PAN),
            "ArrowUp" if is_enlarged => self.pan(0.0, -PAN),
            "ArrowRight" => self.step(forward),
            "ArrowLeft" => self.step(-forward),
            "Home" => self.step(-at),
            "End" => self.step(self.count.cast_signed() - 1 - at),
            "+" | "=" => self.enlarge(1),
            "-" => self.enlarge(-1),
            "0" => self.zoom.set(0),
            _ => return,
        }
        event.prevent_default();
        // The shortcuts of the window don't apply here.
        event.stop_propagation();
    }

    /// A finger that was put down at `from` is lifted at `to`: sideways to the next picture, down to close.
    fn swiped(self, from: (i32, i32), to: (i32, i32)) {
        let (right, down) = (to.0 - from.0, to.1 - from.1);
        let back = if dom::is_right_to_left() { -1 } else { 1 };
        match (right.abs() > down.abs(), right, down) {
            (true, SWIPE.., _) => self.step(-back),
            (true, ..=BACKWARDS, _) => self.step(back),
            (false, _, SWIPE..) => self.close(),
            _ => {}
        }
    }

    fn current(self) -> Option<Shown> {
        self.all
            .with_value(|all| all.get(self.index.get()).cloned())
    }
}

/// The viewer, opened at a picture.
#[component]
pub fn Viewer(thread: ThreadId, first: FileId, closed: Callback<()>) -> impl IntoView {
    let node = NodeRef::<Dialog>::new();
    let all = pictures(thread);
    let start = all.iter().position(|it| it.file.id == first).unwrap_or(0);
    let view = Viewing {
        node,
        stage: NodeRef::new(),
        count: all.len(),
        all: StoredValue::new(all),
        index: RwSignal::new(start),
        zoom: RwSignal::new(0),
    };
    effect(move |_| {
        if let Some(dialog) = node.get() {
            dom::after_render(move || {
                if !dialog.open() {
                    let _ = dialog.show_modal();
                }
            });
        }
    });
    let current = memo(move |_| view.current());
    let alt = move || {
        let alt = current.get()?.file.alt;
        (!alt.is_empty()).then(|| view! { <p class="viewer-alt" dir="auto">{alt}</p> })
    };
    view! {
        <dialog
            class="viewer"
            aria-label="Pictures"
            node_ref=node
            on:close=handler(move |_| closed.run(()))
            on:keydown=move |event| view.pressed(&event)
        >
            <Head thread current close=Callback::new(move |()| view.close()) />
            <Stage view current />
            {alt}
            <Foot view />
        </dialog>
    }
}

/// The picture.
#[component]
fn Stage(view: Viewing, current: Memo<Option<Shown>>) -> impl IntoView {
    let zoom = view.zoom;
    let from = StoredValue::new(None::<(i32, i32)>);
    let place = |touch: web_sys::Touch| (touch.client_x(), touch.client_y());
    let touched = move |event: TouchEvent| {
        let touches = event.touches();
        let one = (touches.length() == 1).then(|| touches.get(0)).flatten();
        from.set_value(one.map(place));
    };
    let lifted = move |event: TouchEvent| {
        let from = from.get_value().filter(|_| zoom.get_untracked() == 0);
        let to = event.changed_touches().get(0).map(place);
        if let (Some(from), Some(to)) = (from, to) {
            view.swiped(from, to);
        }
    };
    let beside = move |event: MouseEvent| {
        // The ground around the picture.
        if event.target() == event.current_target() {
            view.close();
        }
    };
    let shown = move || {
        let Shown { file, .. } = current.get()?;
        let scale = move || match zoom.get() {
            0 => String::new(),
            zoom => [&*ZOOMS[zoom].to_string(), "%"].concat(),
        };
        let alt = match file.alt.is_empty() {
            true => file.name.clone(),
            false => file.alt.clone(),
        };
        Some(view! {
            <img
                class="viewed"
                class:zoomed=move || zoom.get() != 0
                style:width=scale
                src=file_path(file.id)
                width=file.width.to_string()
                height=file.height.to_string()
                alt=alt
                on:dblclick=handler(move |_| zoom.update(|zoom| *zoom = if *zoom == 0 { 2 } else { 0 }))
            />
        })
    };
    view! {
        <div
            class="viewer-stage"
            // What scrolls can be reached by keyboard.
            tabindex=move || (zoom.get() != 0).then_some("0")
            role="group"
            aria-label="Picture"
            node_ref=view.stage
            on:click=beside
            on:touchstart=touched
            on:touchend=lifted
        >
            {shown}
        </div>
    }
}

/// The steps, the counter and the zoom.
#[component]
fn Foot(view: Viewing) -> impl IntoView {
    let Viewing {
        index, zoom, count, ..
    } = view;
    let button = |name: &'static str, icon: AnyView, act: fn(Viewing), is_off: Signal<bool>| {
        view! {
            <button
                type="button"
                class="icon-button"
                aria-label=name
                title=name
                aria-disabled=move || is_off.get().to_string()
                on:click=handler(move |_| act(view))
            >
                {icon}
            </button>
        }
    };
    let at_first = Signal::derive(move || index.get() == 0);
    let at_last = Signal::derive(move || index.get() + 1 >= count);
    let is_small = Signal::derive(move || zoom.get() == 0);
    let is_large = Signal::derive(move || zoom.get() + 1 == ZOOMS.len());
    let back = view! { <Back /> }.into_any();
    let next = view! { <Next /> }.into_any();
    view! {
        <div class="viewer-foot">
            {button("Previous picture", back, |view| view.step(-1), at_first)}
            <span class="viewer-counter" role="status">
                {move || format!("{} of {count}", index.get() + 1)}
            </span>
            {button("Next picture", next, |view| view.step(1), at_last)}
            {button("Zoom out", view! { <Minus /> }.into_any(), |view| view.enlarge(-1), is_small)}
            {button("Zoom in", view! { <Plus /> }.into_any(), |view| view.enlarge(1), is_large)}
        </div>
    }
}

/// The name, the sender and the date, and what can be done with the picture.
#[component]
fn Head(thread: ThreadId, current: Memo<Option<Shown>>, close: Callback<()>) -> impl IntoView {
    let (chat, clock) = (use_client(), expect_context::<TimeFormat>());
    move || {
        let Shown {
            seq,
            author,
            at,
            file,
        } = current.get()?;
        Some(view! {
            <div class="viewer-head">
                <p class="viewer-name">
                    <bdi class="file-name">{file.name.clone()}</bdi>
                    <span class="file-size">
                        {move || isolated(&chat.name(author))} " · " {move || clock.full(at)}
                    </span>
                </p>
                <a
                    class="icon-button"
                    href=download_path(file.id)
                    download
                    aria-label="Download"
                    title="Download"
                >
                    <Download />
                </a>
                <a
                    class="icon-button"
                    href=message_path(thread, seq)
                    aria-label="Show in chat"
                    title="Show in chat"
                    on:click=handler(move |_| close.run(()))
                >
                    <Bubble />
                </a>
                <button
                    type="button"
                    class="icon-button"
                    aria-label="Close"
                    title="Close"
                    autofocus
                    on:click=handler(move |_| close.run(()))
                >
                    <Close />
                </button>
            </div>
        })
    }
}
