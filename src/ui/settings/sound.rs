//! The sound of notifications: two short notes. Browser only.

use std::cell::RefCell;

use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioContext, OscillatorType};

use crate::client::dom;
use crate::model::{Seq, ThreadId};

/// The last message that one of this browser's pages played the sound for.
const PLAYED: &str = "chapp-played";
/// The frequency of each note, in hertz.
const NOTES: [f32; 2] = [660.0, 880.0];
/// The length of a note, in seconds.
const NOTE: f64 = 0.12;
/// The loudness in the middle of a note, from 0 to 1.
const LOUDNESS: f32 = 0.12;

thread_local! {
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// Plays the sound for a message, unless another page of this browser has.
pub fn play_once(thread: ThreadId, seq: Seq) {
    let message = [&*thread.to_string(), ".", &*seq.to_string()].concat();
    if dom::stored(PLAYED).as_deref() != Some(&message) {
        dom::store(PLAYED, &message);
        play();
    }
}

/// Plays the sound, if the browser lets the page: most want a click in it first.
pub fn play() {
    leptos::task::spawn_local(async {
        let known = CONTEXT.with_borrow(Clone::clone);
        let Some(context) = known.or_else(|| AudioContext::new().ok()) else {
            return;
        };
        CONTEXT.set(Some(context.clone()));
        if let Ok(resumed) = context.resume() {
            let _ = JsFuture::from(resumed).await;
        }
        for (number, frequency) in NOTES.into_iter().enumerate() {
            let from = context.current_time() + number as f64 * NOTE;
            let _ = note(&context, frequency, from);
        }
    });
}

fn note(context: &AudioContext, frequency: f32, from: f64) -> Result<(), wasm_bindgen::JsValue> {
    let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
    tone.set_type(OscillatorType::Sine);
    tone.frequency().set_value(frequency);
    // From silence to silence: a note that begins or ends at once clicks.
    let gain = volume.gain();
    gain.set_value_at_time(0.0, from)?;
    gain.linear_ramp_to_value_at_time(LOUDNESS, from + NOTE / 4.0)?;
    gain.linear_ramp_to_value_at_time(0.0, from + NOTE)?;
    tone.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&context.destination())?;
    tone.start_with_when(from)?;
    tone.stop_with_when(from + NOTE)
}
