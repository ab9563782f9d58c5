//! Days and times: in UTC on the server and during hydration, then in the viewer's own time zone and language,
//! which only the browser knows.

use leptos::prelude::*;

use crate::model::Millis;

const DAY: i64 = 86_400_000;
/// When the morning begins, after midnight: 8 hours.
const MORNING: i64 = 8 * 60 * 60 * 1_000;
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
/// From the weekday of 1970-01-01.
const WEEKDAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
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

    /// The next day's morning, until which chats are muted and notifications paused. Not tracked.
    #[must_use]
    pub fn tomorrow_morning(self) -> Millis {
        begins(untrack(|| self.day(now())) + 1) + MORNING
    }

    /// The time of day, as `2:38 PM`.
    #[must_use]
    pub fn time_of_day(self, at: Millis) -> String {
        self.format(Style::Time, at)
    }

    fn format(self, style: Style, at: Millis) -> String {
        match self.local.get() {
            true => local::format(style, at),
            false => utc(style, at),
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

    /// The name of a day: "Today", "Yesterday", "Tuesday, 25 November", or with the year instead of the weekday.
    #[must_use]
    pub fn day_name(self, day: i64) -> String {
        let today = self.day(self.now.get());
        let noon = match self.local.get() {
            true => begins(day) + DAY / 2,
            false => day * DAY,
        };
        match today - day {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ if civil(today).0 == civil(day).0 => self.format(Style::DayOfYear, noon),
            _ => self.format(Style::Date, noon),
        }
    }

    /// The number of the current day.
    #[must_use]
    pub fn today(self) -> i64 {
        self.day(now())
    }

    /// The shortest form: the time of day today, the weekday within a week, else the date, or only the year.
    #[must_use]
    pub fn brief(self, at: Millis) -> String {
        let (today, day) = (self.day(self.now.get()), self.day(at));
        match today - day {
            0 => self.time_of_day(at),
            1..=6 => self.format(Style::ShortWeekday, at),
            _ if civil(today).0 == civil(day).0 => self.format(Style::ShortDate, at),
            _ => civil(day).0.to_string(),
        }
    }

    /// Day and time, as in "until Tuesday, 2:38 PM": the weekday within a week, else the date.
    #[must_use]
    pub fn full(self, at: Millis) -> String {
        let (today, day) = (self.day(self.now.get()), self.day(at));
        let style = match today - day {
            -6..=6 => Style::Weekday,
            _ if civil(today).0 == civil(day).0 => Style::ThisYear,
            _ => Style::Date,
        };
        let (date, time) = (self.format(style, at), self.time_of_day(at));
        match self.local.get() {
            true => format!("{date}, {time}"),
            false => format!("{date}, {time} UTC"),
        }
    }
}

/// How a moment is shown.
#[derive(Clone, Copy)]
enum Style {
    /// 2:38 PM
    Time,
    /// Tue
    ShortWeekday,
    /// 25 Nov
    ShortDate,
    /// Tuesday
    Weekday,
    /// 25 November
    ThisYear,
    /// Tuesday, 25 November
    DayOfYear,
    /// 25 November 2026
    Date,
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

/// The format of the server, which doesn't know the viewer's time zone and language.
fn utc(style: Style, at: Millis) -> String {
    let days = at.div_euclid(DAY);
    let (year, month, day) = civil(days);
    let month = MONTHS[month as usize - 1];
    let weekday = WEEKDAYS[days.rem_euclid(7) as usize];
    match style {
        Style::Time => {
            let minutes = at.rem_euclid(DAY) / 60_000;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        }
        Style::ShortWeekday => weekday[..3].to_owned(),
        Style::ShortDate => format!("{day} {}", &month[..3]),
        Style::Weekday => weekday.to_owned(),
        Style::ThisYear => format!("{day} {month}"),
        Style::DayOfYear => format!("{weekday}, {day} {month}"),
        Style::Date => format!("{day} {month} {year}"),
    }
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

    use super::{DAY, Millis, Style};

    thread_local! {
        /// Cached, since creating a formatter takes the browser a hundred times as long as using it.
        static FORMATTERS: RefCell<[Option<Function>; 7]> = const { RefCell::new([const { None }; 7]) };
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
            Style::Time => &[("hour", "numeric"), ("minute", "2-digit")],
            Style::ShortWeekday => &[("weekday", "short")],
            Style::ShortDate => &[("day", "numeric"), ("month", "short")],
            Style::Weekday => &[("weekday", "long")],
            Style::ThisYear => &[("day", "numeric"), ("month", "long")],
            Style::DayOfYear => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Style::Date => &[("day", "numeric"), ("month", "long"), ("year", "numeric")],
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
        let at = 1_709_210_096_789;
        assert_eq!(utc(Style::Date, at), "29 February 2024");
        assert_eq!(utc(Style::DayOfYear, at), "Thursday, 29 February");
        assert_eq!(utc(Style::ShortDate, at), "29 Feb");
        assert_eq!(utc(Style::ShortWeekday, at), "Thu");
        assert_eq!(utc(Style::Time, at), "12:34");
        assert_eq!(date(at.div_euclid(DAY)), "2024-02-29");
    }

    #[test]
    fn the_further_a_moment_is_the_less_of_it_is_shown_and_never_weekday_and_year() {
        let owner = Owner::new();
        owner.set();
        let now = 1_709_210_096_789; // Thursday, 29 February 2024, 12:34 UTC
        let clock = TimeFormat::new(now);
        let shown = |days: i64| {
            let at = now - days * DAY;
            (
                clock.brief(at),
                clock.full(at),
                clock.day_name(clock.day(at)),
            )
        };
        let all = |brief: &str, full: &str, day: &str| (brief.into(), full.into(), day.into());
        assert_eq!(shown(0), all("12:34", "Thursday, 12:34 UTC", "Today"));
        assert_eq!(shown(1), all("Wed", "Wednesday, 12:34 UTC", "Yesterday"));
        assert_eq!(
            shown(6),
            all("Fri", "Friday, 12:34 UTC", "Friday, 23 February")
        );
        assert_eq!(
            shown(7),
            all("22 Feb", "22 February, 12:34 UTC", "Thursday, 22 February")
        );
        assert_eq!(
            shown(60),
            all("2023", "31 December 2023, 12:34 UTC", "31 December 2023")
        );
        assert_eq!(clock.full(now + 2 * DAY), "Saturday, 12:34 UTC");
    }
}
