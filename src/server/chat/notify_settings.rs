//! What a user chose to be notified of in all threads.

use super::Chat;
use crate::model::names::folded;
use crate::model::notify::{Level, NotifySettings, QuietHours, minute_of};
use crate::model::{Field, Millis, Refusal, UserId, limits};
use crate::server::clock;
use crate::server::local_time::minute_in;

impl Chat {
    /// What the user chose.
    pub async fn notify_settings(&self, me: UserId) -> Result<NotifySettings, Refusal> {
        Ok(self.store.notify_settings(me).await?)
    }

    /// Sets what the user is notified of: `direct` chats and `rooms`, `keywords` with commas or line breaks between
    /// them, the times and the zone of quiet hours or empty texts, and the end of a pause.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for keywords that are too long or too many, and for quiet hours that are none;
    /// [`Refusal::Malformed`] for a pause of more than [`limits::MUTE_MAX`].
    pub async fn set_notify_settings(
        &self,
        me: UserId,
        (direct, rooms): (Level, Level),
        keywords: &str,
        quiet: [String; 3],
        paused_until: Millis,
    ) -> Result<(), Refusal> {
        let settings = NotifySettings {
            direct,
            rooms,
            keywords: read_keywords(keywords)?,
            quiet: read_quiet_hours(quiet)?,
            paused_until: read_pause(paused_until)?,
        };
        Ok(self.store.set_notify_settings(me, settings).await?)
    }
}

fn read_keywords(text: &str) -> Result<Vec<String>, Refusal> {
    let invalid = |reason: String| Err(Refusal::invalid(Field::Keywords, reason));
    let mut keywords: Vec<String> = Vec::new();
    for keyword in text.split([',', '\n']).map(str::trim) {
        if keyword.is_empty() {
            continue;
        }
        if keyword.chars().count() > limits::KEYWORD_MAX {
            let max = limits::KEYWORD_MAX;
            return invalid(format!("Keywords can have up to {max} characters."));
        }
        let compared = folded(keyword);
        if compared.is_empty() || keyword.chars().any(char::is_control) {
            return invalid("Keywords need letters, digits or signs.".to_owned());
        }
        if keywords.iter().all(|known| folded(known) != compared) {
            keywords.push(keyword.to_owned());
        }
    }
    match keywords.len() > limits::KEYWORDS_MAX {
        true => invalid(format!(
            "You can have up to {} keywords.",
            limits::KEYWORDS_MAX
        )),
        false => Ok(keywords),
    }
}

fn read_quiet_hours([from, to, zone]: [String; 3]) -> Result<Option<QuietHours>, Refusal> {
    if from.is_empty() && to.is_empty() {
        return Ok(None);
    }
    let invalid = |reason: &str| Refusal::invalid(Field::QuietHours, reason);
    let times = (minute_of(&from), minute_of(&to));
    let (Some(from), Some(to)) = times else {
        return Err(invalid("Choose when quiet hours begin and end."));
    };
    if from == to {
        return Err(invalid("Quiet hours can't end when they begin."));
    }
    match minute_in(&zone, 0) {
        Some(_) => Ok(Some(QuietHours { from, to, zone })),
        None => Err(invalid("This server doesn't know your time zone.")),
    }
}

/// A pause that is over is none.
fn read_pause(until: Millis) -> Result<Millis, Refusal> {
    let now = clock::now();
    let longest = Millis::try_from(limits::MUTE_MAX.as_millis()).unwrap_or(Millis::MAX);
    match until {
        until if until <= now => Ok(0),
        until if until - now <= longest => Ok(until),
        _ => Err(Refusal::Malformed {
            reason: "paused_until is too far away".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_split_trimmed_and_listed_once() {
        let read = |text| read_keywords(text).unwrap();
        assert_eq!(
            read(" server,  on call \n\nServer, SERVER,"),
            ["server", "on call"]
        );
        assert_eq!(read(""), [""; 0]);
        assert_eq!(read(",\n ,"), [""; 0]);
        let longest = "\u{e9}".repeat(limits::KEYWORD_MAX);
        assert_eq!(read(&longest), [&*longest]);
        let twenty = (0..20)
            .map(|number| format!("k{number}"))
            .collect::<Vec<_>>();
        assert_eq!(read(&twenty.join(",")), twenty);
    }

    #[test]
    fn keywords_that_are_too_long_too_many_or_invisible_are_refused() {
        let too_many = (0..21)
            .map(|number| format!("k{number}"))
            .collect::<Vec<_>>();
        for text in [
            "a".repeat(limits::KEYWORD_MAX + 1),
            too_many.join("\n"),
            "\u{301}".to_owned(),
            "a\u{7}b".to_owned(),
        ] {
            assert!(matches!(
                read_keywords(&text),
                Err(Refusal::Invalid {
                    field: Field::Keywords,
                    ..
                })
            ));
        }
    }

    #[test]
    fn quiet_hours_need_two_times_and_a_zone() {
        let read = |from: &str, to: &str, zone: &str| {
            read_quiet_hours([from.into(), to.into(), zone.into()])
        };
        assert_eq!(read("", "", ""), Ok(None));
        let hours = read("22:00", "07:00", "Europe/Berlin").unwrap().unwrap();
        assert_eq!((hours.from, hours.to), (1_320, 420));
        for (from, to, zone) in [
            ("22:00", "", "UTC"),
            ("", "07:00", "UTC"),
            ("22:00", "22:00", "UTC"),
            ("22:00", "25:00", "UTC"),
            ("22:00", "07:00", ""),
            ("22:00", "07:00", "Mars/Olympus"),
        ] {
            assert!(read(from, to, zone).is_err(), "{from} {to} {zone}");
        }
    }

    #[test]
    fn a_pause_is_at_most_a_year_and_none_once_it_is_over() {
        let now = clock::now();
        assert_eq!(read_pause(0), Ok(0));
        assert_eq!(read_pause(now - 1), Ok(0));
        assert_eq!(read_pause(Millis::MIN), Ok(0));
        assert_eq!(read_pause(now + 60_000), Ok(now + 60_000));
        assert!(read_pause(Millis::MAX).is_err());
    }
}
