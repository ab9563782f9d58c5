//! chapp's own icons, drawn in the text's colour. Each stands beside words or inside a named control.

use leptos::prelude::*;

fn icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=path></path>
        </svg>
    }
}

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {$(
        $(#[$doc])*
        #[component]
        pub fn $name() -> impl IntoView {
            icon($path)
        }
    )*};
}

icons! {
    Back = "M15 5l-7 7 7 7";
    Down = "M12 5v14M6 13l6 6 6-6";
    /// A paper plane.
    Send = "M4 12l16-8-5 16-4-7-7-1zM11 13l9-9";
    /// A clock face.
    Pending = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2";
    /// An exclamation mark in a circle.
    Warning = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5v5.5M12 16.4v.1";
    /// A magnifying glass.
    Search = "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20";
    /// An arrow out of a door.
    Leave = "M10 4H5v16h5M14 8l4 4-4 4M18 12H9";
    /// A keyboard.
    Keyboard = "M3 6.5h18v11H3zM6.5 10h.01M10 10h.01M13.5 10h.01M17 10h.01M8 14h8";
    /// A half-filled circle: the system's theme.
    Half = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 3.5v17M12 8l6-3M12 12l8-3.5M12 16l8-3.5M12.5 20l6-2.5";
    /// One person.
    One = "M12 4.5a3.75 3.75 0 1 0 0 7.5 3.75 3.75 0 0 0 0-7.5zM4.5 20c.6-3.8 3.3-5.5 7.5-5.5s6.9 1.7 7.5 5.5z";
    /// A speech bubble.
    Bubble = "M12 4c5 0 8.5 3.1 8.5 7.3s-3.5 7.2-8.5 7.2c-1 0-2-.1-2.8-.4L4.5 20l1-4.2c-1.3-1.2-2-2.7-2-4.5C3.5 7.1 7 4 12 4z";
    /// Two people.
    Two = "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19.5c.5-3.5 3-5 6.5-5s6 1.5 6.5 5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.8c2.3.5 3.7 2 4 4.7";
    /// An arrow that points down when its section is open.
    Chevron = "M9 6l6 6-6 6";
    /// A number sign: a public room.
    Hash = "M9.5 4.5l-2 15M16.5 4.5l-2 15M4.5 9.5h16M3.5 14.5h16";
    /// A padlock: a private room.
    Lock = "M5.5 11h13v9h-13zM8.5 11V8a3.5 3.5 0 0 1 7 0v3";
    /// A plus sign.
    Plus = "M12 5v14M5 12h14";
    /// A cross.
    Close = "M6 6l12 12M18 6L6 18";
    /// A shield.
    Shield = "M12 3.5l7 2.7v5.3c0 4.3-2.8 7.4-7 9-4.2-1.6-7-4.7-7-9V6.2z";
    /// An eye.
    Eye = "M2.5 12c2.3-4.2 5.5-6.3 9.5-6.3s7.2 2.1 9.5 6.3c-2.3 4.2-5.5 6.3-9.5 6.3S4.8 16.2 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z";
    /// The letter i in a circle.
    Info = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v5M12 8v.1";
    /// A bell.
    Bell = "M6 16.5V11a6 6 0 0 1 12 0v5.5M4.5 16.5h15M10 20h4";
    /// A crossed-out bell.
    BellOff = "M6 16.5V11a6 6 0 0 1 9.6-4.8M18 10.5v6M4.5 16.5h11M10 20h4M4 3.5l16.5 16.5";
    More = "M5 12h.01M12 12h.01M19 12h.01";
    /// A smiling face.
    Smile = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14c1.8 2.6 5.2 2.6 7 0M9 9.5v.1M15 9.5v.1";
    /// An arrow that turns back to the left.
    Reply = "M9.5 6l-5 5 5 5M5 11h9a5.5 5.5 0 0 1 5.5 5.5V18";
    /// A pencil.
    Pen = "M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5";
    /// Two links of a chain.
    Link = "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1";
    /// A tick.
    Check = "M5 12.5l4.5 4.5L19 7.5";
    /// A drawing pin.
    Pin = "M9 4h6l-1 6 3.5 3.5h-11L10 10zM12 13.5V20";
    /// A bookmark.
    Bookmark = "M7 4h10v16l-5-4-5 4z";
    /// A star.
    Star = "M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z";
    /// Two sheets of paper.
    Copy = "M9 8.5h11V20H9zM5.5 15.5H4V4h11v1.5";
    /// A crossed-out circle.
    Block = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM6 6l12 12";
    /// A flag.
    Flag = "M5.5 21V4h12l-2.5 4 2.5 4h-12";
    /// An envelope with a dot.
    Unread = "M14.5 6.5H4v12h16v-8M4.5 7l7.5 6 3-2.3M19 5.5v.1";
    /// A sheet of paper with a folded corner.
    Document = "M7 3.5h7l4.5 4.5v12.5H7zM14 3.5V8h4.5";
    /// A microphone.
    Microphone = "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM6 11.5a6 6 0 0 0 12 0M12 17.5V21M9 21h6";
    /// An arrow down to a line.
    Download = "M12 4v11M7 10.5l5 5 5-5M5 20h14";
    /// A paper clip.
    Clip = "M19.5 11.5l-7.8 7.8a4.6 4.6 0 0 1-6.5-6.5l8-8a3 3 0 0 1 4.3 4.3l-8 8a1.5 1.5 0 0 1-2.1-2.1l7-7";
    Next = "M9 5l7 7-7 7";
    Minus = "M5 12h14";
    Play = "M8 5.5v13l10.5-6.5z";
    Pause = "M8.5 5.5v13M15.5 5.5v13";
    /// A bin.
    Bin = "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5";
}

/// chapp's logo: two bubbles, one within the other.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path
                class="logo-back"
                d="M16 3c7.7 0 13 4.9 13 11.5S23.7 26 16 26c-1.5 0-2.9-.2-4.2-.5L5 29l1.5-6.3C4.3 20.6 3 17.8 3 14.5 3 7.9 8.3 3 16 3z"
            ></path>
            <path class="logo-front" d="M10 12.5h12M10 17.5h7.5"></path>
        </svg>
    }
}
