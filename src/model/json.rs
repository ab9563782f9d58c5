//! The JSON reader of the browser: deserializes known types from text that the server wrote.
//!
//! It replaces that of serde_json to keep the WASM small: serde_json deserializes any value, formats floating-point
//! numbers and describes each error, and is instantiated for every type. This one only accepts an object for a struct
//! and an integer for a number, as the protocol has them (`docs/PROTOCOL.md`). It is compiled on both sides, so that
//! tests can compare the two.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// Nesting limit in skipped values; the same as in serde_json.
const DEPTH_MAX: u8 = 128;

/// The type name by which serde_json's `RawValue` requests the text of a value.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Deserializes a value. Fails if the text is not JSON, not such a value, or has anything but white space around it.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let mut json = Json::new(text);
    let value = T::deserialize(&mut json)?;
    match json.peek() {
        None => Ok(value),
        Some(_) => Err(Unreadable::new("more than one value")),
    }
}

/// The error of reading. The reason is recorded only outside of the browser, where its code size doesn't matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    #[cfg(not(feature = "hydrate"))]
    reason: String,
}

impl Unreadable {
    #[cfg_attr(feature = "hydrate", allow(unused_variables))]
    fn new(reason: &str) -> Self {
        Self {
            #[cfg(not(feature = "hydrate"))]
            reason: reason.to_owned(),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "hydrate")]
        let reason = "not what was expected";
        #[cfg(not(feature = "hydrate"))]
        let reason = &self.reason;
        f.write_str(reason)
    }
}

impl std::error::Error for Unreadable {}

impl de::Error for Unreadable {
    #[cfg(feature = "hydrate")]
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self {}
    }

    #[cfg(not(feature = "hydrate"))]
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(&reason.to_string())
    }
}

/// A text that is being read.
pub(crate) struct Json<'de> {
    text: &'de str,
    /// The position of the next byte; always on a character boundary.
    at: usize,
}

impl<'de> Json<'de> {
    pub(crate) fn new(text: &'de str) -> Self {
        Self { text, at: 0 }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Skips the next byte, if it is this one.
    fn skip_byte(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unreadable> {
        match self.skip_byte(byte) {
            true => Ok(()),
            false => Err(Unreadable::new("something else was expected here")),
        }
    }

    /// Skips a keyword, if it is next.
    fn word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Whether an array or an object has another part; skips the comma before it.
    fn has_next(&mut self, is_first: &mut bool, end: u8) -> Result<bool, Unreadable> {
        if self.peek() == Some(end) {
            return Ok(false);
        }
        if !std::mem::take(is_first) {
            self.expect(b',')?;
        }
        Ok(true)
    }

    /// An integer. (JSON's `-0` is rejected, because no integer represents it.)
    fn integer(&mut self) -> Result<i64, Unreadable> {
        let number = self.number()?;
        let integer = number.parse().ok().filter(|_| number != "-0");
        integer.ok_or_else(|| Unreadable::new("a whole number was expected"))
    }

    /// The text of a number of any kind.
    fn number(&mut self) -> Result<&'de str, Unreadable> {
        self.peek();
        let from = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        let begins_with_zero = self.byte() == Some(b'0');
        let digits = self.digits();
        let mut is_number = digits == 1 || digits > 1 && !begins_with_zero;
        if self.byte() == Some(b'.') {
            self.at += 1;
            is_number &= self.digits() > 0;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            is_number &= self.digits() > 0;
        }
        match is_number {
            true => Ok(&self.text[from..self.at]),
            false => Err(Unreadable::new("a number was expected")),
        }
    }

    /// Skips digits and returns their number.
    fn digits(&mut self) -> usize {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        self.at - from
    }

    fn string(&mut self) -> Result<Cow<'de, str>, Unreadable> {
        self.expect(b'"')?;
        let mut whole = Cow::Borrowed("");
        loop {
            let from = self.at;
            while !matches!(self.byte(), None | Some(b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            let part = &self.text[from..self.at];
            match whole.is_empty() {
                true => whole = Cow::Borrowed(part),
                false => whole.to_mut().push_str(part),
            }
            let end = self.byte();
            self.at += 1;
            match end {
                Some(b'"') => return Ok(whole),
                Some(b'\\') => {
                    let char = self.escaped()?;
                    whole.to_mut().push(char);
                }
                _ => return Err(Unreadable::new("a string has no end")),
            }
        }
    }

    /// The character behind a `\`.
    fn escaped(&mut self) -> Result<char, Unreadable> {
        let byte = self.byte().unwrap_or_default();
        self.at += usize::from(byte.is_ascii());
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut unit = self.unit()?;
                if let high @ 0xD800..0xDC00 = unit
                    && self.text.as_bytes()[self.at..].starts_with(b"\\u")
                {
                    self.at += 2;
                    let low = self.unit()?;
                    unit = match low {
                        0xDC00..0xE000 => 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00),
                        _ => high,
                    };
                }
                char::from_u32(unit).ok_or_else(|| Unreadable::new("half a character"))?
            }
            _ => return Err(Unreadable::new("an unknown escape")),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u32, Unreadable> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        self.at += 4;
        let mut digits = digits
            .unwrap_or_default()
            .iter()
            .map(|digit| char::from(*digit).to_digit(16));
        let unit = digits.try_fold(0, |unit, digit| Some(unit * 16 + digit?));
        match unit {
            Some(unit) if self.at <= self.text.len() => Ok(unit),
            _ => Err(Unreadable::new("four digits were expected")),
        }
    }

    /// Skips any value and returns its text.
    fn skip(&mut self, depth: u8) -> Result<&'de str, Unreadable> {
        let first = self.peek();
        let from = self.at;
        match first {
            _ if depth == DEPTH_MAX => return Err(Unreadable::new("too deep")),
            Some(b'"') => drop(self.string()?),
            Some(open @ (b'[' | b'{')) => {
                self.at += 1;
                let (end, mut is_first) = (open + 2, true);
                while self.has_next(&mut is_first, end)? {
                    if open == b'{' {
                        self.string()?;
                        self.expect(b':')?;
                    }
                    self.skip(depth + 1)?;
                }
                self.at += 1;
            }
            _ if self.word("null") || self.word("true") || self.word("false") => {}
            _ => {
                self.number()?;
            }
        }
        Ok(&self.text[from..self.at])
    }
}

/// Aliases: these types are read the same way; the visitor converts the value.
macro_rules! alike {
    ($($method:ident)*, $as:ident) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
            self.$as(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Json<'de> {
    type Error = Unreadable;

    alike! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64,
        deserialize_i64
    }
    alike! { deserialize_string deserialize_char deserialize_identifier, deserialize_str }

    /// Never needed for what the server sends.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unreadable> {
        Err(Unreadable::new("a value of any kind can't be read"))
    }

    alike! {
        deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf,
        deserialize_any
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_i64(self.integer()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let value = self.word("true");
        match value || self.word("false") {
            true => visitor.visit_bool(value),
            false => Err(Unreadable::new("true or false was expected")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.word("null") {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.word("null") {
            true => visitor.visit_unit(),
            false => Err(Unreadable::new("null was expected")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        match name {
            RAW_VALUE => visitor.visit_map(RawText(self.skip(0)?)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.expect(b'[')?;
        let value = visitor.visit_seq(Parts::of(self))?;
        self.expect(b']')?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.expect(b'{')?;
        let value = visitor.visit_map(Parts::of(self))?;
        self.expect(b'}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    /// `"variant"`, or `{"variant": value}`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let has_value = self.skip_byte(b'{');
        let value = visitor.visit_enum(Choice {
            json: &mut *self,
            has_value,
        })?;
        if has_value {
            self.expect(b'}')?;
        }
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.skip(0)?;
        visitor.visit_unit()
    }
}

/// The parts of an array or an object.
struct Parts<'a, 'de> {
    json: &'a mut Json<'de>,
    is_first: bool,
}

impl<'a, 'de> Parts<'a, 'de> {
    fn of(json: &'a mut Json<'de>) -> Self {
        Self {
            json,
            is_first: true,
        }
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        match self.json.has_next(&mut self.is_first, b']')? {
            true => seed.deserialize(&mut *self.json).map(Some),
            false => Ok(None),
        }
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        match self.json.has_next(&mut self.is_first, b'}')? {
            true => seed.deserialize(&mut *self.json).map(Some),
            false => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        self.json.expect(b':')?;
        seed.deserialize(&mut *self.json)
    }
}

/// An enum variant, with or without a value.
struct Choice<'a, 'de> {
    json: &'a mut Json<'de>,
    has_value: bool,
}

impl<'de> EnumAccess<'de> for Choice<'_, 'de> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Unreadable> {
        let variant = seed.deserialize(&mut *self.json)?;
        if self.has_value {
            self.json.expect(b':')?;
        }
        Ok((variant, self))
    }
}

impl<'de> Choice<'_, 'de> {
    fn value(&mut self) -> Result<&mut Json<'de>, Unreadable> {
        match self.has_value {
            true => Ok(&mut *self.json),
            false => Err(Unreadable::new("a variant without its value")),
        }
    }
}

impl<'de> VariantAccess<'de> for Choice<'_, 'de> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        match self.has_value && !self.json.word("null") {
            true => Err(Unreadable::new("a variant with a value that it has not")),
            false => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        mut self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.value()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.value()?.deserialize_map(visitor)
    }
}

/// The text of a value in the form that serde_json's `RawValue` expects: an object with one member.
struct RawText<'de>(&'de str);

impl<'de> MapAccess<'de> for RawText<'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        seed.deserialize(StrDeserializer::new(RAW_VALUE)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        seed.deserialize(StrDeserializer::new(self.0))
    }
}

#[cfg(test)]
mod tests;
