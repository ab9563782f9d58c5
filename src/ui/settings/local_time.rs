//! The user's time zone, and the time of the day in one. Browser only.

use js_sys::{Array, Date, Intl, Object, Reflect};

use crate::model::notify::minute_of;

/// The name of the browser's time zone, such as `Europe/Berlin`; empty, if it tells none.
#[must_use]
pub fn zone() -> String {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    let name = Reflect::get(&format.resolved_options(), &"timeZone".into());
    name.ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default()
}

/// The minute of the day, now, in the time zone of this name: 0 to 1,439. `None`: the browser doesn't know it.
#[must_use]
pub fn minute_in(zone: &str) -> Option<u16> {
    let options = Object::new();
    for (name, value) in [
        ("timeZone", zone),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
    ] {
        Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    // Throws for an unknown zone, which this call, unlike those with typed options, passes on.
    let write = Reflect::get(&Date::new_0(), &"toLocaleTimeString".into()).ok()?;
    let write: js_sys::Function = wasm_bindgen::JsCast::dyn_into(write).ok()?;
    let text = write
        .call2(&Date::new_0(), &"en-GB".into(), &options)
        .ok()?;
    minute_of(&text.as_string()?)
}
