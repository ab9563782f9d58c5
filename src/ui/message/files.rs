//! The files of a message: pictures, players, and a card for everything else. Loaded when the first message with files
//! is shown; the server draws all of it, and its links work without a script.

use leptos::ev::MouseEvent;
use leptos::html::Img;
use leptos::prelude::*;

use super::file_kinds::{GRID_MAX, length_text, placeholder, shown_size, thumbnail_width};
use super::viewer::Viewer;
use super::voice::Voice;
use crate::client::reactive::{effect, handler};
use crate::model::file::{Thumbnail, size_text};
use crate::model::names::isolated;
use crate::model::{FileId, FileKind, FileRef, limits};
use crate::routes::{download_path, file_path, thumbnail_path};
use crate::ui::common::icons::{Document, Download};
use crate::ui::context::attachments::ShownFiles;

/// The files of a message.
#[component]
pub fn MessageFiles(files: ShownFiles) -> impl IntoView {
    let author = files.author;
    let is_sent = files.seq > 0;
    let thread = files.thread;
    let viewed = RwSignal::new(None::<FileId>);
    let (pictures, others): (Vec<_>, Vec<_>) = files
        .files
        .into_iter()
        .partition(|file| file.kind == FileKind::Image);
    let others = others.into_iter().map(|file| match file.kind {
        _ if !is_sent => view! { <Card file is_sent /> }.into_any(),
        FileKind::Voice => view! { <Voice file author /> }.into_any(),
        FileKind::Audio => view! { <Audio file /> }.into_any(),
        FileKind::Video => view! { <Video file /> }.into_any(),
        _ => view! { <Card file is_sent /> }.into_any(),
    });
    view! {
        {(!pictures.is_empty()).then(|| view! { <Pictures pictures is_sent viewed /> })}
        {others.collect_view()}
        {move || {
            viewed.get().map(|first| view! { <Viewer thread first closed=Callback::new(move |()| viewed.set(None)) /> })
        }}
    }
}

#[component]
fn Pictures(
    pictures: Vec<FileRef>,
    is_sent: bool,
    viewed: RwSignal<Option<FileId>>,
) -> impl IntoView {
    let count = pictures.len();
    let is_grid = count > 1;
    let more = count.saturating_sub(GRID_MAX);
    let shown = pictures.into_iter().take(GRID_MAX).enumerate();
    let shown = shown.map(|(index, file)| {
        let more = if index + 1 == GRID_MAX { more } else { 0 };
        view! { <Picture file is_sent is_grid more viewed /> }
    });
    view! {
        <div class="pictures" class:grid=is_grid class:odd=count == 3>
            {shown.collect_view()}
        </div>
    }
}

#[component]
fn Picture(
    file: FileRef,
    /// Until it is sent, the server gives it to nobody.
    is_sent: bool,
    is_grid: bool,
    /// How many more there are, in the last cell of a grid.
    more: usize,
    viewed: RwSignal<Option<FileId>>,
) -> impl IntoView {
    let id = file.id;
    let (width, height) = shown_size(&file);
    let small = thumbnail_path(id, Thumbnail::Small);
    let large = thumbnail_path(id, Thumbnail::Large);
    let widths = (
        thumbnail_width(&file, limits::THUMBNAIL_SMALL),
        thumbnail_width(&file, limits::THUMBNAIL_LARGE),
    );
    let srcset = format!("{small} {}w, {large} {}w", widths.0, widths.1);
    let sizes = if is_grid {
        "180px".to_owned()
    } else {
        format!("{width}px")
    };
    let alt = match file.alt.is_empty() {
        true => file.name.clone(),
        false => file.alt.clone(),
    };
    let size = |side: i64| (!is_grid).then(|| side.to_string());
    if !is_sent {
        // Never on the server.
        let blurred = placeholder(&file.thumbhash);
        return view! {
            <span class="picture">
                <img width=size(width) height=size(height) src=blurred alt=alt />
            </span>
        }
        .into_any();
    }
    let node = NodeRef::<Img>::new();
    // Until the picture is loaded. Only in the browser: in the page of the server it would be larger than all else.
    let blurred = RwSignal::new(None);
    effect(move |_| {
        let is_loaded = node.get().is_some_and(|picture| picture.complete());
        if !is_loaded {
            blurred.set(placeholder(&file.thumbhash));
        }
    });
    let blurred_picture = move || {
        let address = blurred.get()?;
        Some(view! { <img class="placeholder" src=address alt="" aria-hidden="true" /> })
    };
    let open = move |event: MouseEvent| {
        if !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
            event.prevent_default();
            viewed.set(Some(id));
        }
    };
    // Its thumbnails stand still, for those who wish for less motion.
    let moving = file.animated.then(|| {
        view! { <source srcset=file_path(id) media="(prefers-reduced-motion: no-preference)" /> }
    });
    let more = (more > 0).then(|| {
        view! {
            <span class="more-pictures" aria-hidden="true">
                "+"
                {more}
            </span>
            <span class="sr-only">" and " {more} " more"</span>
        }
    });
    view! {
        <a class="picture" href=file_path(id) target="_blank" rel="noopener" on:click=open>
            {blurred_picture}
            <picture>
                {moving}
                <img
                    width=size(width)
                    height=size(height)
                    loading="lazy"
                    decoding="async"
                    sizes=sizes
                    srcset=srcset
                    src=small
                    alt=alt
                    node_ref=node
                    on:load=handler(move |_| blurred.set(None))
                />
            </picture>
            {more}
        </a>
    }
    .into_any()
}

#[component]
fn Audio(file: FileRef) -> impl IntoView {
    let label = ["Play ", &*isolated(&file.name)].concat();
    view! {
        <figure class="player">
            <figcaption>
                <bdi class="file-name">{file.name.clone()}</bdi>
                <span class="file-size">{size_text(file.size)}</span>
            </figcaption>
            <audio controls preload="none" src=file_path(file.id) aria-label=label></audio>
        </figure>
    }
}

#[component]
fn Video(file: FileRef) -> impl IntoView {
    let label = ["Play ", &*isolated(&file.name)].concat();
    let has_size = file.width > 0 && file.height > 0;
    let (width, height) = if has_size {
        shown_size(&file)
    } else {
        (360, 202)
    };
    view! {
        <figure class="player">
            <video
                controls
                playsinline
                preload="metadata"
                width=width.to_string()
                height=height.to_string()
                src=file_path(file.id)
                aria-label=label
            ></video>
            <figcaption>
                <bdi class="file-name">{file.name.clone()}</bdi>
                <span class="file-size">
                    {(file.duration > 0).then(|| [&*length_text(file.duration), " · "].concat())}
                    {size_text(file.size)}
                </span>
            </figcaption>
        </figure>
    }
}

/// The words for the kind of a file.
#[must_use]
pub fn kind_text(file: &FileRef) -> String {
    let extension = file.name.rsplit_once('.').map(|(_, extension)| extension);
    let short = extension.filter(|it| (1..=5).contains(&it.len()) && it.is_ascii());
    match (file.kind, short) {
        (FileKind::Pdf, _) => "PDF".to_owned(),
        (FileKind::Image, _) => "Picture".to_owned(),
        (FileKind::Video, _) => "Video".to_owned(),
        (FileKind::Audio, _) => "Audio".to_owned(),
        (FileKind::Voice, _) => "Voice message".to_owned(),
        (_, Some(extension)) => extension.to_ascii_uppercase(),
        (FileKind::Text, None) => "Text".to_owned(),
        (FileKind::Other, None) => "File".to_owned(),
    }
}

/// The card of a file: a PDF opens in a tab, everything else is downloaded.
#[component]
pub fn Card(file: FileRef, is_sent: bool) -> impl IntoView {
    let is_pdf = file.kind == FileKind::Pdf;
    let text = [&*kind_text(&file), " · ", &*size_text(file.size)].concat();
    let name = isolated(&file.name);
    let inner = view! {
        <Document />
        <span class="file-lines">
            <bdi class="file-name">{file.name}</bdi>
            <span class="file-size">{text}</span>
        </span>
    };
    let download = ["Download ", &*name].concat();
    match (is_sent, is_pdf) {
        (false, _) => view! { <div class="file-card">{inner}</div> }.into_any(),
        (true, true) => view! {
            <div class="file-card">
                <a class="file-open" href=file_path(file.id) target="_blank" rel="noopener">
                    {inner}
                </a>
                <a
                    class="icon-button"
                    href=download_path(file.id)
                    download
                    aria-label=download
                    title="Download"
                >
                    <Download />
                </a>
            </div>
        }
        .into_any(),
        (true, false) => view! {
            <a class="file-card" href=download_path(file.id) download title="Download">
                {inner}
                <Download />
            </a>
        }
        .into_any(),
    }
}
