//! Character classes beyond ASCII: scripts that write words without spaces, and punctuation. The standard library only
//! knows letters and digits.

/// The signs that begin a mention: `@`, also as the input methods of East Asia write it.
pub const MENTION_SIGNS: [char; 3] = ['@', '＠', '﹫'];

/// Whether a text may contain a mention. Every message is checked, and most have no sign: searching for one character at
/// a time is many times faster than for one of several.
#[must_use]
pub fn has_mention_sign(text: &str) -> bool {
    MENTION_SIGNS.iter().any(|&sign| text.contains(sign))
}

/// Whether a letter belongs to a script with no, or few, spaces between words, so that word boundaries are not visible.
#[must_use]
pub fn has_no_spaces(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' // Thai, Lao
        | '\u{1000}'..='\u{109F}' // Burmese
        | '\u{1100}'..='\u{11FF}' // Hangul
        | '\u{1780}'..='\u{17FF}' // Khmer
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{31FF}' // Kana, Bopomofo, Hangul
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' // Hangul
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FFDC}' // half-width forms
        | '\u{1B000}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a letter or digit belongs to a word delimited by spaces or punctuation.
#[must_use]
pub fn is_in_spaced_word(c: char) -> bool {
    c.is_alphanumeric() && !has_no_spaces(c)
}

/// Whether this is punctuation outside ASCII: of European, Greek, Armenian, Semitic, Indic and East Asian scripts, and
/// full-width forms. (The blocks of Unicode 16 that contain it; letters and digits within them are excluded.)
#[must_use]
pub fn is_wide_punctuation(c: char) -> bool {
    let is_in_block = matches!(c,
        '\u{A1}'..='\u{BF}' | '\u{37E}' | '\u{387}' | '\u{55A}'..='\u{55F}' | '\u{589}'..='\u{58A}'
        | '\u{5BE}' | '\u{5C0}' | '\u{5C3}' | '\u{5F3}'..='\u{5F4}'
        | '\u{60C}'..='\u{60D}' | '\u{61B}'..='\u{61F}' | '\u{66A}'..='\u{66D}' | '\u{6D4}' | '\u{700}'..='\u{70D}'
        | '\u{964}'..='\u{965}' | '\u{970}' | '\u{E4F}' | '\u{E5A}'..='\u{E5B}' | '\u{F04}'..='\u{F14}'
        | '\u{104A}'..='\u{104F}' | '\u{10FB}' | '\u{1361}'..='\u{1368}' | '\u{166E}' | '\u{17D4}'..='\u{17DA}'
        | '\u{1800}'..='\u{180A}' | '\u{2010}'..='\u{205E}' | '\u{2308}'..='\u{230B}' | '\u{2329}'..='\u{232A}'
        | '\u{2768}'..='\u{2775}' | '\u{27E6}'..='\u{27EF}' | '\u{2E00}'..='\u{2E7F}'
        | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{3030}' | '\u{303D}' | '\u{30FB}' | '\u{A6F2}'..='\u{A6F7}'
        | '\u{FE10}'..='\u{FE1F}' | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}');
    is_in_block && !c.is_alphanumeric()
}
