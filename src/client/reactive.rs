//! Effects, memos and event handlers whose closures have one type. Leptos compiles about 700 bytes for the closure of each effect, and
//! 300 for that of each memo.

use leptos::prelude::*;

/// [`Effect::new`] for an effect that keeps nothing. It is passed `None` the first time.
pub fn effect(run: impl FnMut(Option<()>) + 'static) {
    let run: Box<dyn FnMut(Option<()>)> = Box::new(run);
    Effect::new(run);
}

/// The closure of a memo, which is passed its last value.
type Find<T> = Box<dyn Fn(Option<&T>) -> T + Send + Sync>;

/// [`Memo::new`].
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    find: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
) -> Memo<T> {
    let find: Find<T> = Box::new(find);
    Memo::new(find)
}

/// An event handler whose type is that of its event: Leptos compiles about 700 bytes for each type of handler.
pub fn handler<E: 'static>(handle: impl FnMut(E) + Send + 'static) -> Box<dyn FnMut(E) + Send> {
    Box::new(handle)
}
