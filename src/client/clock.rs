//! Days and times: in UTC on the server and during hydration, then in the viewer's own time zone and language,
//! which only the browser knows.

use leptos::prelude::*;

use crate::model::Millis;

const DAY: i64 = 86_400_000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The current time of this machine.
#[must_use]
pub fn now() -> Millis {
    #[cfg(feature = "ssr")]
    {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as Millis)
    }
    #[cfg(not(feature = "ssr"))]
    {
        js_sys::Date::now() as Millis
    }
}

/// The format of days and times. A context of all components.
#[derive(Clone, Copy, Debug)]
pub struct TimeFormat {
    /// Whether the viewer's time zone is in use; else UTC.
    local: RwSignal<bool>,
    /// The current time, updated when the day changes, so that "Today" becomes "Yesterday" in a page that stays
    /// open.
    now: RwSignal<Millis>,
}

impl TimeFormat {
    /// A format in UTC, with `now` as the current time.
    #[must_use]
    pub fn new(now: Millis) -> Self {
        Self {
            local: RwSignal::new(false),
            now: RwSignal::new(now),
        }
    }

    /// Switches to the viewer's time zone. Browser only, after hydration.
    pub fn use_local_zone(self) {
        self.local.set(true);
        self.now.set(now());
        set_interval(
            move || {
                if local::day(now()) != local::day(self.now.get_untracked()) {
                    self.now.set(now());
                }
            },
            std::time::Duration::from_secs(20),
        );
    }

    /// The time of day, as `14:05`.
    #[must_use]
    pub fn time_of_day(self, at: Millis) -> String {
        if self.local.get() {
            local::format(local::Style::Time, at)
        } else {
            utc_time_of_day(at)
        }
    }

    /// The number of the day: equal for two moments on the same day, and one more a day later.
    #[must_use]
    pub fn day(self, at: Millis) -> i64 {
        if self.local.get() {
            local::day(at)
        } else {
            at.div_euclid(DAY)
        }
    }

    /// The name of a day: "Today", "Yesterday", else the date.
    #[must_use]
    pub fn day_name(self, day: i64) -> String {
        match self.day(self.now.get()) - day {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ if self.local.get() => local::format(local::Style::LongDate, day * DAY),
            _ => utc_long_date(day * DAY),
        }
    }

    /// The number of the current day.
    #[must_use]
    pub fn today(self) -> i64 {
        self.day(now())
    }

    /// The shortest form: the time of day today, "Yesterday", else the date.
    #[must_use]
    pub fn brief(self, at: Millis) -> String {
        match self.day(self.now.get()) - self.day(at) {
            0 => self.time_of_day(at),
            1 => "Yesterday".to_owned(),
            _ if self.local.get() => local::format(local::Style::ShortDate, at),
            _ => utc_short_date(at),
        }
    }

    /// Date and time, for a tooltip.
    #[must_use]
    pub fn full(self, at: Millis) -> String {
        if self.local.get() {
            local::format(local::Style::Full, at)
        } else {
            [&utc_long_date(at), " ", &utc_time_of_day(at), " UTC"].concat()
        }
    }
}

/// The start of this day in the viewer's time zone, by the rules in force there on that day. Browser only.
#[must_use]
pub fn begins(day: i64) -> Millis {
    let (year, month, day) = civil(day);
    let date = js_sys::Date::new_with_year_month_day(year as u32, month as i32 - 1, day as i32);
    date.get_time() as Millis
}

/// The date of this day as form fields spell it: `2026-11-21`.
#[must_use]
pub fn date(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The moment in RFC 3339: `2026-11-21T06:51:33Z`.
#[must_use]
pub fn rfc3339(at: Millis) -> String {
    let date = date(at.div_euclid(DAY));
    let seconds = at.rem_euclid(DAY) / 1_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}

fn utc_time_of_day(at: Millis) -> String {
    let minutes = at.rem_euclid(DAY) / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn utc_long_date(at: Millis) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    format!("{day} {} {year}", MONTHS[month as usize - 1])
}

fn utc_short_date(at: Millis) -> String {
    let (_, month, day) = civil(at.div_euclid(DAY));
    format!("{day} {}", &MONTHS[month as usize - 1][..3])
}

/// Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar
/// (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Formats in the browser's own time zone and language.
mod local {
    use std::cell::RefCell;

    use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
    use wasm_bindgen::JsValue;

    use super::{DAY, Millis};

    #[derive(Clone, Copy)]
    pub(super) enum Style {
        Time,
        ShortDate,
        LongDate,
        Full,
    }

    thread_local! {
        /// Cached, since creating a formatter takes the browser a hundred times as long as using it.
        static FORMATTERS: RefCell<[Option<Function>; 4]> = const { RefCell::new([const { None }; 4]) };
    }

    pub(super) fn day(at: Millis) -> i64 {
        let offset = date(at).get_timezone_offset() as i64 * 60_000;
        (at - offset).div_euclid(DAY)
    }

    pub(super) fn format(style: Style, at: Millis) -> String {
        FORMATTERS
            .with_borrow_mut(|all| {
                all[style as usize]
                    .get_or_insert_with(|| formatter(style))
                    .call1(&JsValue::UNDEFINED, &date(at))
            })
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    }

    fn date(at: Millis) -> Date {
        Date::new(&JsValue::from_f64(at as f64))
    }

    fn formatter(style: Style) -> Function {
        let options: &[(&str, &str)] = match style {
            Style::Time => &[("hour", "2-digit"), ("minute", "2-digit")],
            Style::ShortDate => &[("day", "numeric"), ("month", "short")],
            Style::LongDate => &[
                ("weekday", "long"),
                ("day", "numeric"),
                ("month", "long"),
                ("year", "numeric"),
                // It formats the start of a day in UTC, which is how days are numbered.
                ("timeZone", "UTC"),
            ],
            Style::Full => &[("dateStyle", "full"), ("timeStyle", "short")],
        };
        let object = Object::new();
        for (key, value) in options {
            // Can't fail: the object is ours and plain.
            let _ = Reflect::set(&object, &(*key).into(), &(*value).into());
        }
        DateTimeFormat::new(&Array::new(), &object).format()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_formatted_as_rfc_3339() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_709_210_096_789), "2024-02-29T12:34:56Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn days_are_consecutive_over_four_centuries() {
        let mut before = civil(-1);
        for days in 0..146_097 {
            let (year, month, day) = civil(days);
            let follows = match before {
                (y, 12, 31) => (year, month, day) == (y + 1, 1, 1),
                (y, m, d) => {
                    (year, month, day) == (y, m, d + 1) || (year, month, day) == (y, m + 1, 1)
                }
            };
            assert!(follows, "{before:?} then {:?}", (year, month, day));
            before = (year, month, day);
        }
        assert_eq!(before, (2369, 12, 31));
    }

    #[test]
    fn dates_are_formatted_for_readers() {
        assert_eq!(utc_long_date(1_709_210_096_789), "29 February 2024");
        assert_eq!(utc_short_date(1_709_210_096_789), "29 Feb");
        assert_eq!(date(1_709_210_096_789_i64.div_euclid(DAY)), "2024-02-29");
        assert_eq!(utc_time_of_day(1_709_210_096_789), "12:34");
    }
}
