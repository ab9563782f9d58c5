//! A voice message: play and pause, the waveform, which is the slider too, and the speed. One plays at a time.

use leptos::ev::KeyboardEvent;
use leptos::html::{Audio, Input};
use leptos::prelude::*;
use web_sys::HtmlMediaElement;

use super::file_kinds::{bars, length_text};
use crate::client::reactive::handler;
use crate::client::state::use_client;
use crate::model::names::isolated;
use crate::model::{FileRef, UserId};
use crate::routes::file_path;
use crate::ui::common::icons::{Pause, Play};

/// The speeds, in turn.
const SPEEDS: [(f64, &str); 3] = [(1.0, "1×"), (1.5, "1.5×"), (2.0, "2×")];
/// How far the arrow keys go, in seconds.
const STEP: f64 = 5.0;

/// A voice message.
#[component]
pub fn Voice(file: FileRef, author: UserId) -> impl IntoView {
    let chat = use_client();
    let label = move || ["Voice message from ", &*isolated(&chat.name(author))].concat();
    view! {
        <div class="voice" role="group" aria-label=label>
            <VoicePlayer address=file_path(file.id) duration=file.duration waveform=file.waveform />
        </div>
    }
}

/// The player of a recording, sent or not yet.
#[component]
pub fn VoicePlayer(address: String, duration: i64, waveform: String) -> impl IntoView {
    let node = NodeRef::<Audio>::new();
    let slider = NodeRef::<Input>::new();
    let playing = RwSignal::new(false);
    let at = RwSignal::new(0.0_f64);
    let speed = RwSignal::new(0_usize);
    let length = duration as f64 / 1_000.0;
    let seek = move |to: f64| {
        let to = to.clamp(0.0, length);
        if let Some(audio) = node.get_untracked() {
            audio.set_current_time(to);
        }
        at.set(to);
    };
    let toggle = move || {
        let Some(audio) = node.get_untracked() else {
            return;
        };
        if audio.paused() {
            pause_others(&audio);
            audio.set_playback_rate(SPEEDS[speed.get_untracked()].0);
            let _ = audio.play();
        } else {
            let _ = audio.pause();
        }
    };
    let pressed = move |event: KeyboardEvent| {
        let step = match &*event.key() {
            " " => {
                toggle();
                0.0
            }
            "ArrowLeft" => -STEP,
            "ArrowRight" => STEP,
            _ => return,
        };
        event.prevent_default();
        if step != 0.0 {
            seek(at.get_untracked() + step);
        }
    };
    let faster = move |_| {
        speed.update(|speed| *speed = (*speed + 1) % SPEEDS.len());
        if let Some(audio) = node.get_untracked() {
            audio.set_playback_rate(SPEEDS[speed.get_untracked()].0);
        }
    };
    let moved = move |_| {
        if let Some(slider) = slider.get_untracked() {
            seek(slider.value_as_number());
        }
    };
    let time = move || match at.get() {
        at if at > 0.0 => length_text((at * 1_000.0) as i64),
        _ => length_text(duration),
    };
    view! {
        <audio
            preload="none"
            src=address
            node_ref=node
            on:play=handler(move |_| playing.set(true))
            on:pause=handler(move |_| playing.set(false))
            on:ended=handler(move |_| at.set(0.0))
            on:timeupdate=handler(move |_| {
                if let Some(audio) = node.get_untracked() {
                    at.set(audio.current_time());
                }
            })
        ></audio>
        <button
            type="button"
            class="voice-play live-only"
            aria-label=move || if playing.get() { "Pause" } else { "Play" }
            on:click=handler(move |_| toggle())
        >
            {move || match playing.get() {
                true => view! { <Pause /> }.into_any(),
                false => view! { <Play /> }.into_any(),
            }}
        </button>
        <span class="voice-wave">
            <Waveform waveform played=Signal::derive(move || at.get() / length.max(0.1)) />
            <input
                type="range"
                min="0"
                max=format!("{length:.1}")
                step="0.1"
                aria-label="Position"
                aria-valuetext=time
                prop:value=move || at.get().to_string()
                node_ref=slider
                on:input=moved
                on:keydown=pressed
            />
        </span>
        <span class="voice-time">{time}</span>
        <button
            type="button"
            class="voice-speed live-only"
            aria-label=move || ["Speed ", SPEEDS[speed.get()].1].concat()
            on:click=faster
        >
            {move || SPEEDS[speed.get()].1}
        </button>
    }
}

/// The bars; `played`: the part of them that has been played.
#[component]
fn Waveform(waveform: String, played: Signal<f64>) -> impl IntoView {
    let bars = bars(&waveform);
    let count = bars.len().max(1);
    let bars = bars.into_iter().enumerate().map(|(index, loud)| {
        let height = f64::from(loud.max(8)) * 0.28;
        let is_played = move || played.get() * count as f64 > index as f64;
        view! {
            <rect
                class:played=is_played
                x=(index * 4).to_string()
                y=format!("{:.1}", 14.0 - height / 2.0)
                width="3"
                height=format!("{height:.1}")
                rx="1.5"
            ></rect>
        }
    });
    view! {
        <svg viewBox=format!("0 0 {} 28", count * 4) preserveAspectRatio="none" aria-hidden="true">
            {bars.collect_view()}
        </svg>
    }
}

/// Pauses what else is playing.
fn pause_others(this: &HtmlMediaElement) {
    let Ok(all) = document().query_selector_all("audio, video") else {
        return;
    };
    for index in 0..all.length() {
        let other = all.item(index);
        let other =
            other.and_then(|it| wasm_bindgen::JsCast::dyn_into::<HtmlMediaElement>(it).ok());
        if let Some(other) = other.filter(|other| other != this) {
            let _ = other.pause();
        }
    }
}
