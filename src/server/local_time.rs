//! The time of the day in a time zone, by the rules of the IANA that are part of the program.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::Millis;

/// The minute of the day at this time in the time zone of this name, such as `Europe/Berlin`: 0 to 1,439. `None`: there
/// is no such time zone.
#[must_use]
pub fn minute_in(zone: &str, now: Millis) -> Option<u16> {
    let zone = TimeZone::get(zone).ok()?;
    let time = Timestamp::from_millisecond(now)
        .ok()?
        .to_zoned_datetime(zone);
    let (hour, minute) = (u16::try_from(time.hour()), u16::try_from(time.minute()));
    Some(hour.ok()? * 60 + minute.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minute_follows_the_zone_and_its_changes_of_the_clock() {
        let winter = 1_800_000_000_000; // 2027-01-15 08:00 UTC
        let summer = winter + 182 * 24 * 60 * 60 * 1_000; // 2027-07-16 08:00 UTC
        for (zone, at, hours, minutes) in [
            ("UTC", winter, 8, 0),
            ("Europe/Berlin", winter, 9, 0),
            ("Europe/Berlin", summer, 10, 0),
            ("America/New_York", summer, 4, 0),
            ("Asia/Kolkata", winter, 13, 30),
            ("Pacific/Kiritimati", winter, 22, 0),
            ("Australia/Lord_Howe", winter, 19, 0),
            ("Australia/Lord_Howe", summer, 18, 30),
        ] {
            assert_eq!(minute_in(zone, at), Some(hours * 60 + minutes), "{zone}");
        }
        for zone in ["", "Mars/Olympus", "../../etc/passwd", "Europe/Berlin\0"] {
            assert_eq!(minute_in(zone, winter), None, "{zone:?}");
        }
    }
}
