//! The loudness of a recording. Plain values.

/// The bars of a waveform. At most [`limits::WAVEFORM_MAX`](crate::model::limits::WAVEFORM_MAX).
const BARS: usize = 48;

/// The loudness of samples, which are 128 where it is silent: that of the loudest one, raised so that speech is seen.
#[must_use]
pub fn level(samples: &[u8]) -> u8 {
    let peak = samples.iter().map(|sample| sample.abs_diff(128)).max();
    let peak = u32::from(peak.unwrap_or(0)).min(127) * 3;
    u8::try_from(peak).unwrap_or(u8::MAX)
}

/// The waveform of measured levels: the loudest of each part.
#[must_use]
pub fn waveform(levels: &[u8]) -> Vec<u8> {
    let bars = levels.len().min(BARS);
    let part = |bar: usize| {
        let (from, to) = (bar * levels.len() / bars, (bar + 1) * levels.len() / bars);
        levels[from..to].iter().copied().max().unwrap_or(0)
    };
    (0..bars).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limits;

    #[test]
    fn silence_has_no_level_and_noise_the_highest() {
        assert_eq!(level(&[128; 8]), 0);
        assert_eq!(level(&[128, 0, 255]), u8::MAX);
        assert_eq!(level(&[]), 0);
    }

    #[test]
    fn a_long_recording_keeps_the_loudest_of_each_part() {
        assert_eq!(waveform(&[]), Vec::<u8>::new());
        assert_eq!(waveform(&[1, 9]), [1, 9]);
        let levels: Vec<u8> = (0..960)
            .map(|at| if at % 20 == 7 { 200 } else { 3 })
            .collect();
        assert_eq!(waveform(&levels), vec![200; BARS]);
        const { assert!(BARS <= limits::WAVEFORM_MAX) };
    }
}
