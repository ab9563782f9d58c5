//! Fictional conversations: who writes what, and how long after the previous line.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::model::Millis;

/// One message of a conversation between two people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedLine {
    /// Which of the two writes it: 0 or 1.
    pub author: usize,
    /// Milliseconds since the previous line, at least 1,000.
    pub gap: Millis,
    /// The text, as `validate::message_text` returns it.
    pub text: String,
}

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// A word without break opportunities that a browser knows.
const LONG_WORD: &str =
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

/// An endless conversation between two people; identical for the same `seed`, on every machine.
///
/// Two or three lines in a row by one author within minutes, answers a little later, and breaks of hours and days, so
/// that grouping and day separators are visible.
pub fn conversation(seed: u64) -> impl Iterator<Item = SeedLine> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut author = usize::from(rng.random_bool(0.5));
    let mut before = usize::MAX;
    std::iter::repeat_with(move || {
        let changes = rng.random_bool(0.6);
        if changes {
            author = 1 - author;
        }
        let gap = gap(&mut rng, changes);
        // The same line twice in a row looks like a bug of the chat.
        let mut chosen = rng.random_range(0..TOTAL);
        if chosen == before {
            chosen = (chosen + 1) % TOTAL;
        }
        before = chosen;
        SeedLine {
            author,
            gap,
            text: text(chosen, &mut rng),
        }
    })
}

fn gap(rng: &mut Xoshiro256PlusPlus, changes: bool) -> Millis {
    match rng.random_range(0..100) {
        0..3 => rng.random_range(20 * HOUR..80 * HOUR),
        3..10 => rng.random_range(HOUR..7 * HOUR),
        10..25 => rng.random_range(6 * MINUTE..50 * MINUTE),
        _ if changes => rng.random_range(5 * SECOND..4 * MINUTE),
        _ => rng.random_range(SECOND..40 * SECOND),
    }
}

/// The number of different lines: plain ones, and those in [`text`] that contain a number.
const TOTAL: usize = PLAIN.len() + 6;

fn text(chosen: usize, rng: &mut Xoshiro256PlusPlus) -> String {
    if let Some(line) = PLAIN.get(chosen) {
        return (*line).to_owned();
    }
    let number = rng.random_range(2..900);
    match chosen - PLAIN.len() {
        0 => format!("Ticket #{number} is back. Same customer, same printer."),
        1 => format!("Build {number} is green, I'll put it on staging after lunch."),
        2 => format!("https://tracker.example.org/issues/{number}?view=timeline#comment-{number}"),
        3 => format!("{number} people signed up since this morning"),
        4 => format!("The tram is {number} seconds away, see you in a moment"),
        _ => format!(
            "Three things for today:\n1. the invoice over {number} €\n2. calling the venue about Thursday\n3. cake"
        ),
    }
}

#[rustfmt::skip]
const PLAIN: [&str; 57] = [
    "ok", "Yes!", "Thanks 🙏", "👍", "🎉🎉🎉", "😂", "👩🏽‍🚀🇧🇷", "haha", "on my way", "no idea", "…", "?", "brb",
    "Morning!", "Good night 🌙", "Are you there?", "Found it.", "That works for me.", "Tomorrow, then.",
    "Can you have a look at the draft when you have a minute? No hurry.",
    "I moved our meeting to half past three, the small room is taken before that.",
    "Did you see this? https://en.wikipedia.org/wiki/Longest_word_in_English_(disambiguation)",
    "The docs are at https://docs.example.org/guide/getting-started, start with the second chapter.",
    "It says \"connection reset by peer\", but only on the train.",
    "I tried turning it off and on again. Twice. The second time it stayed off.",
    "Who feeds the fish while you are away?", "Blue or green for the poster?", "Green. Definitely green.",
    "Wait, it's Wednesday already?", "I can bring the projector, but not the cable.",
    "We should ask Priya, she did this last year and still has the spreadsheet.",
    "Can't talk now, I'm in the library. Writing is fine.",
    "That's the third time this week. I'll write it down so that we finally fix it.",
    "Just so I understand: we send the letter first, wait for the answer, and only then book the hall? Because the hall asks for two weeks' notice, and if the answer takes as long as last time we'd be past that already. Maybe we book now and cancel if we must; it's free until the tenth.",
    "I read the whole thing on the way home. The first half is really good, it has a pace to it and the examples are ones people will know. In the second half I got lost around the part about the archive: I think the reader doesn't know yet why it matters. If you move the story of the flood to the front, everything after it gets a reason to be there. Apart from that only small things, I put them in the margin.",
    "Shopping:\n- rice\n- two lemons\n- the good coffee\n- batteries (AA)\n- something sweet",
    "Dear all,\n\nthe heating will be off on Friday from 8 to 12.\n\nKind regards\nThe house",
    "fn main() {\n    let greeting = \"hello\";\n    println!(\"{greeting}, world\");\n}",
    "git rebase -i HEAD~3   # then squash the last two",
    "SELECT name, COUNT(*) FROM visits GROUP BY name ORDER BY 2 DESC LIMIT 10;",
    "`cargo test` passes here, which commit are you on?",
    "<b>not bold</b> & <script>alert('not run')</script>",
    "C:\\Users\\ana\\Documents\\final_FINAL_v3 (2).docx",
    LONG_WORD,
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaargh",
    "مرحبا، هل وصلت الرسالة؟", "נדבר מחר בבוקר, בסדר?", "قال لي: see you at 5pm, ثم ذهب",
    "明日の会議は何時からですか?", "好的,没问题。我晚点把文件发给你。", "네, 알겠습니다!", "Увидимся в семь у входа",
    "¿Te parece bien el jueves? Yo puedo a partir de las seis.", "Das ist ja großartig! Wann feiern wir?",
    "Ça marche, à tout à l’heure !", "x² + y² = z²  →  3² + 4² = 5²", "Z̸a̷l̶g̷o̴ says hi",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{limits, validate};

    fn lines(seed: u64) -> Vec<SeedLine> {
        conversation(seed).take(2_000).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_conversation_for_ever() {
        assert_eq!(lines(7), lines(7));
        assert_ne!(lines(7), lines(8));
    }

    #[test]
    fn every_line_is_a_valid_message() {
        for line in lines(1) {
            assert_eq!(validate::message_text(&line.text), Ok(line.text));
            assert!(line.author < 2 && line.gap >= SECOND);
        }
        for text in PLAIN {
            assert_eq!(validate::message_text(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_conversation_has_groups_answers_and_days() {
        let lines = lines(1);
        let together = i64::try_from(limits::GROUP_WITHIN.as_millis()).expect("small");
        let pairs = || lines.windows(2).map(|pair| (&pair[0], &pair[1]));
        let grouped = pairs()
            .filter(|(a, b)| a.author == b.author && b.gap < together)
            .count();
        let answered = pairs().filter(|(a, b)| a.author != b.author).count();
        let days: i64 = lines.iter().map(|line| line.gap).sum::<i64>() / (24 * HOUR);
        assert!(grouped > 400, "{grouped} grouped");
        assert!(answered > 800, "{answered} answers");
        assert!((50..500).contains(&days), "{days} days");
    }

    #[test]
    fn a_conversation_has_lines_of_every_kind() {
        let lines = lines(1);
        let some = |test: &dyn Fn(&str) -> bool| lines.iter().any(|line| test(&line.text));
        assert!(some(&|text| text.contains("https://")));
        assert!(some(&|text| text.contains('\n')));
        assert!(some(&|text| text.chars().count() > 300));
        assert!(some(&|text| text == "👍"));
        assert!(some(&|text| text.starts_with('م')));
        assert!(some(&|text| text == LONG_WORD));
    }

    #[test]
    fn no_line_repeats_the_one_before() {
        assert!(lines(1).windows(2).all(|pair| pair[0].text != pair[1].text));
    }
}
