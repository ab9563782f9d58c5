//! Message search over all threads of a user.

use std::ops::Range;

use super::Chat;
use crate::model::search::{DaysBegin, Has, Phrase};
use crate::model::{
    EventBody, Field, Hit, HitPiece, Refusal, Search, SearchPage, ThreadId, UserId, cut, file,
    limits, markdown,
};
use crate::server::auth::lookup_key;
use crate::server::store::distinct;
use crate::server::store::search::token_runs;
use crate::server::store::search::token_runs::TokenRun;
use crate::server::store::search::tokenizer;
use crate::server::store::search::{Found, Scope, SearchQuery};

/// Characters of an excerpt, and of its part before the first match.
const EXCERPT: usize = 240;
const BEFORE: usize = 60;
/// Messages read per round where the query has punctuation, which the index does not cover; and the most per answer.
const CANDIDATES: usize = 200;
const READ_MAX: usize = 2_000;
/// The most rooms listed in a query. For a member of more, membership is checked for each hit instead.
const ROOMS: usize = 400;

impl Chat {
    /// Searches the messages of the threads of `me`, latest first, after the cursor `after`, which is the
    /// [`SearchPage::more`] of an earlier answer. `begin`: when the days of the search start in the user's time zone.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] on [`Field::Query`], also where it names a person or a thread that does not exist for `me`;
    /// [`Refusal::Malformed`].
    pub async fn search(
        &self,
        me: UserId,
        text: &str,
        after: Option<&str>,
        begin: DaysBegin,
    ) -> Result<SearchPage, Refusal> {
        let after = after.map(str::parse).transpose().map_err(|_| {
            let reason = "`after` is not what an answer has given".into();
            Refusal::Malformed { reason }
        })?;
        let search = Search::parse(text)?;
        let run = |phrase: &Phrase| TokenRun::as_typed(&phrase.text, phrase.is_open);
        let rows: Vec<TokenRun> = search.phrases.iter().filter_map(run).collect();
        let of_file: Option<TokenRun> = search.file.as_ref().and_then(run);
        let has_word = |row: &TokenRun| !row.words.is_empty();
        if !search.phrases.is_empty() && !rows.iter().any(has_word) {
            let reason = "Type at least one word to search for.";
            return Err(Refusal::invalid(Field::Query, reason));
        }
        if search.is_empty() {
            return Ok(SearchPage::default());
        }
        let (since, until) = search.times(begin);
        let sought = SearchQuery {
            scope: self.scope(me, search.within.as_deref()).await?,
            author: self.author(me, search.from.as_deref()).await?,
            has: match search.file {
                Some(_) => [search.has.as_slice(), &[Has::File]].concat(),
                None => search.has.clone(),
            },
            // Punctuation without a word can only be checked in the messages that the other conditions find.
            rows: (rows.iter().chain(&of_file))
                .filter(|row| has_word(row))
                .cloned()
                .collect(),
            since,
            until,
        };
        // Before the search: messages indexed meanwhile are found.
        let is_partial = !self.store.is_indexed();
        let wanted = Wanted { rows, of_file };
        let (hits, more) = self.hits(me, &sought, &wanted, after).await?;
        let more = more.map(|place: i64| place.to_string());
        let mut page = SearchPage {
            hits,
            more,
            is_partial,
            ..SearchPage::default()
        };
        self.add_names(me, &mut page).await?;
        Ok(page)
    }

    /// A page of index hits whose text matches too, with the cursor for the next page. Shorter than a page when so many
    /// messages were read that the rest is left to the next request.
    async fn hits(
        &self,
        me: UserId,
        sought: &SearchQuery,
        wanted: &Wanted,
        mut after: Option<i64>,
    ) -> Result<(Vec<Hit>, Option<i64>), Refusal> {
        // Few of the hits by words may have the punctuation, or the words in the name of a file.
        let limit = match wanted.is_narrower() {
            true => CANDIDATES,
            false => limits::HITS_PAGE + 1,
        };
        let mut hits = Vec::new();
        let mut read = 0;
        loop {
            let found = self.store.search(me, sought, after, limit).await?;
            let is_last = found.len() < limit;
            read += found.len();
            for found in found {
                if hits.len() == limits::HITS_PAGE {
                    return Ok((hits, after));
                }
                after = Some(found.place);
                hits.extend(hit(wanted, &found));
            }
            if is_last {
                return Ok((hits, None));
            }
            if read >= READ_MAX {
                return Ok((hits, after));
            }
        }
    }

    /// Adds the threads and the people of the hits.
    async fn add_names(&self, me: UserId, page: &mut SearchPage) -> Result<(), Refusal> {
        let threads = distinct(page.hits.iter().map(|hit| hit.thread));
        page.threads = self.store.heads(me, &threads).await?;
        // The user may have been removed from a thread meanwhile.
        let mine = &page.threads;
        page.hits
            .retain(|hit| mine.iter().any(|head| head.id == hit.thread));
        let people = distinct(page.hits.iter().map(|hit| hit.author));
        page.people = self.store.people_by_id(&people).await?;
        Ok(())
    }

    async fn author(&self, me: UserId, name: Option<&str>) -> Result<Option<UserId>, Refusal> {
        match name {
            None => Ok(None),
            Some(name) if name.eq_ignore_ascii_case("me") => Ok(Some(me)),
            Some(name) => match self.user(name).await? {
                Some(user) => Ok(Some(user)),
                None => Err(nobody(format!("No one is called {name}."))),
            },
        }
    }

    async fn user(&self, name: &str) -> Result<Option<UserId>, Refusal> {
        let Some(name) = lookup_key(name) else {
            return Ok(None);
        };
        let login = self.store.login(&name).await?;
        Ok(login.map(|login| login.person.id))
    }

    /// The scope of a search: the rooms of this name, and the direct thread with the user of this name.
    async fn scope(&self, me: UserId, name: Option<&str>) -> Result<Scope, Refusal> {
        let rooms = self.store.rooms_of(me).await?;
        let Some(name) = name else {
            let rooms: Vec<ThreadId> = rooms.into_iter().map(|(id, _)| id).collect();
            return Ok(match rooms.len() <= ROOMS {
                true => Scope::Mine(me, rooms),
                false => Scope::Anywhere,
            });
        };
        let key = name_words(name);
        let of_that_name = rooms
            .into_iter()
            .filter(|(_, room)| name_words(room) == key);
        let mut threads: Vec<ThreadId> = of_that_name.map(|(id, _)| id).collect();
        if let Some(user) = self.user(name).await? {
            threads.extend(self.store.direct(me, user).await?);
        }
        match threads.is_empty() {
            true => Err(nobody(format!("You don't have a chat called {name}."))),
            false => Ok(Scope::Threads(threads)),
        }
    }
}

fn nobody(reason: String) -> Refusal {
    Refusal::invalid(Field::Query, reason)
}

/// The form in which the name of a room is compared with what was typed: its words, so that no quotes are needed; for a
/// name without words, its characters.
fn name_words(name: &str) -> Vec<String> {
    let words: Vec<String> = tokenizer::words(name)
        .into_iter()
        .map(|word| word.text)
        .collect();
    match words.is_empty() {
        true => vec![name.trim().to_lowercase()],
        false => words,
    }
}

/// What a message must contain.
struct Wanted {
    rows: Vec<TokenRun>,
    /// What its files must be called.
    of_file: Option<TokenRun>,
}

impl Wanted {
    /// Whether a message that the index has found may not match.
    fn is_narrower(&self) -> bool {
        self.of_file.is_some() || self.rows.iter().any(TokenRun::has_signs)
    }
}

/// The hit for a message; `None` when it was deleted or its current text does not match.
fn hit(wanted: &Wanted, found: &Found) -> Option<Hit> {
    let EventBody::Message(message) = &found.event.body else {
        return None;
    };
    let named = file::searched(&message.files);
    if let Some(row) = &wanted.of_file {
        token_runs::find(std::slice::from_ref(row), &named)?;
    }
    let rows: Vec<TokenRun> = (wanted.rows.iter().chain(&wanted.of_file))
        .cloned()
        .collect();
    Some(Hit {
        thread: found.event.thread,
        seq: found.event.seq,
        at: found.event.at,
        author: found.event.actor,
        excerpt: seen(&rows, &message.text, &named)?,
    })
}

/// The excerpt of a message in its rendered form; in its source form where only that matches, as in the address of a
/// link. `None` when neither matches. `named`: what its files are called, below the text.
fn seen(rows: &[TokenRun], text: &str, named: &str) -> Option<Vec<HitPiece>> {
    let with_files = |text: &str| match (text.is_empty(), named.is_empty()) {
        (_, true) => text.to_owned(),
        (true, false) => named.to_owned(),
        (false, false) => [text, "\n", named].concat(),
    };
    let read = with_files(&markdown::plain(text));
    if let Some(places) = token_runs::find(rows, &read) {
        return Some(excerpt(&read, &places));
    }
    let source = with_files(text);
    Some(excerpt(&source, &token_runs::find(rows, &source)?))
}

/// The text around the first match, on one line, in pieces.
fn excerpt(text: &str, places: &[Range<usize>]) -> Vec<HitPiece> {
    let first = places.first().map_or(0, |place| place.start);
    let begin = beginning(text, first);
    let end = begin + cut::beginning(&text[begin..], EXCERPT).len();
    let mut pieces = Vec::new();
    let mut add = |part: &str, is_hit: bool| {
        let text = one_line(part);
        if !text.is_empty() {
            pieces.push(HitPiece { text, is_hit });
        }
    };
    if begin > 0 {
        add("…", false);
    }
    let mut at = begin;
    for place in places.iter().filter(|place| place.start < end) {
        // A joined emoji, or an accent on the last letter, is highlighted as a whole.
        let from = cut::boundary_before(text, place.start).max(at);
        let until = cut::boundary_after(text, place.end).min(end);
        if until > from {
            add(&text[at..from], false);
            add(&text[from..until], true);
            at = until;
        }
    }
    add(&text[at..end], false);
    if end < text.len() {
        add("…", false);
    }
    pieces
}

/// The start of an excerpt: some characters before the first match, at the start of a word.
fn beginning(text: &str, first: usize) -> usize {
    let before = &text[..first];
    let Some((at, _)) = before.char_indices().rev().nth(BEFORE) else {
        return 0;
    };
    let space = before[at..].find(char::is_whitespace);
    let at = space.map_or(at, |space| at + space).min(first);
    cut::boundary_before(text, at)
}

/// Without line breaks. White space at the ends stays, so that the pieces can be concatenated.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if !c.is_whitespace() => line.push(c),
            _ if line.ends_with(' ') => {}
            _ => line.push(' '),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sought: &str, text: &str) -> String {
        let rows = [TokenRun::of(sought, true).unwrap()];
        let pieces = seen(&rows, text, "").unwrap();
        let pieces = pieces.into_iter().map(|piece| match piece.is_hit {
            true => format!("[{}]", piece.text),
            false => piece.text,
        });
        pieces.collect()
    }

    #[test]
    fn an_excerpt_is_rendered_unless_only_the_source_matches() {
        let text = "Take **two** of the [tea bags](https://example.org/shop):\n```sh\nbrew\n```";
        assert_eq!(shown("tea", text), "Take two of the [tea] bags: brew");
        let as_written =
            "Take **two** of the [tea bags](https://example.org/[shop]): ```sh brew ```";
        assert_eq!(shown("shop", text), as_written);
    }

    #[test]
    fn an_excerpt_highlights_matches_on_one_line() {
        assert_eq!(
            shown("tea", "Tea\n\n  for two, teatime"),
            "[Tea] for two, [teatime]"
        );
        assert_eq!(shown("東京", "明日は東京へ"), "明日は[東京]へ");
    }

    #[test]
    fn an_excerpt_is_around_the_first_place() {
        let text = format!("{} tea {}", "before ".repeat(100), "after ".repeat(100));
        let shown = shown("tea", &text);
        assert!(shown.starts_with("… before before"), "{shown}");
        assert!(
            shown.contains(" [tea] after") && shown.ends_with('…'),
            "{shown}"
        );
        assert!(shown.chars().count() <= EXCERPT + 4, "{shown}");
    }

    #[test]
    fn a_match_longer_than_the_excerpt_is_cut() {
        let text = "x".repeat(1_000);
        assert_eq!(shown(&text, &text), format!("[{}]…", "x".repeat(EXCERPT)));
    }

    #[test]
    fn an_excerpt_is_cut_between_grapheme_clusters() {
        for cluster in ["👨‍👩‍👧‍👦", "🇩🇪", "e\u{301}"] {
            let many = cluster.repeat(200);
            let text = format!("{many}。tea。{many}");
            let shown = shown("tea", &text);
            let cut = shown.trim_start_matches('…').trim_end_matches('…');
            let (before, after) = cut.split_once("[tea]").unwrap();
            for part in [before, after] {
                let rest = part.replace(cluster, "");
                assert_eq!(rest, "。", "{shown}");
                assert_ne!(part, rest, "{shown}");
            }
        }
        assert_eq!(shown("👨", "a 👨‍👩‍👧 b"), "a [👨‍👩‍👧] b");
        assert_eq!(shown("👩", "a 👨‍👩‍👧👩 b"), "a [👨‍👩‍👧][👩] b");
    }

    #[test]
    fn the_name_of_a_room_needs_no_quotes() {
        assert_eq!(name_words("Team Room"), name_words("team-room"));
        assert_ne!(name_words("Team Room"), name_words("Team"));
        assert_ne!(name_words("!!"), name_words("??"));
    }
}
