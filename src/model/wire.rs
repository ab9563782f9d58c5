//! Tagged and flattened types, (de)serialized without serde's buffer.
//!
//! For `#[serde(tag = …)]` and `#[serde(flatten)]` serde reads a value of any shape into memory, and then deserializes
//! the type from there. So every type nested in such a type is compiled twice: for JSON and for that buffer. Here the
//! text is read twice instead: first for the tag, then as the variant that it names. The JSON is the same.
//!
//! A new variant or field needs nothing else. A new tagged enum is derived as an untagged one, and passed to
//! [`tagged!`]:
//!
//! ```ignore
//! #[derive(Serialize, Deserialize)]
//! #[serde(remote = "Self", rename_all = "snake_case")]
//! pub enum Departure { Left, Banned { note: String } }
//!
//! tagged!(Departure, "reason"); // {"reason": "left"}, {"reason": "banned", "note": "Spam."}
//! ```
//!
//! `remote = "Self"` makes serde derive inherent functions instead of its traits; the macro implements the traits with
//! them. A struct with a flattened field works the same way, see [`flattened!`].
//!
//! Stricter than serde's own tagged types in two points: a tag must be a string (serde also accepts the index of a
//! variant), and the value an object (serde also accepts an array that begins with the tag).

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, Visitor};
use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::value::RawValue;

use super::json::{Json, Unreadable};

/// Implements serde's traits for an enum that is distinguished by a string in its JSON object: `tagged!(TYPE, "TAG")`.
/// Variants are structs, units, or newtypes of a type that is an object itself. The enum derives `Serialize` and
/// `Deserialize` with `#[serde(remote = "Self")]`.
macro_rules! tagged {
    ($type:ty, $tag:literal) => {
        impl ::serde::Serialize for $type {
            fn serialize<S: ::serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, $crate::model::wire::Tagging::new($tag, out))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::model::wire::read(from, |text| {
                    let variant = $crate::model::wire::tag($tag, text)?;
                    Self::deserialize($crate::model::wire::Tagged::new(&variant, text))
                })
            }
        }
    };
}

/// Implements serde's traits for a struct whose JSON object includes the members of one of its fields:
/// `flattened!(TYPE, FIELD)`. The struct derives `Serialize` and `Deserialize` with `#[serde(remote = "Self")]`, and
/// the field has `#[serde(flatten, skip_deserializing)]`, so it holds its default until it is read. The two must not
/// share a member name.
macro_rules! flattened {
    ($type:ty, $field:ident) => {
        impl ::serde::Serialize for $type {
            fn serialize<S: ::serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, out)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::model::wire::read(from, |text| {
                    let mut whole = Self::deserialize(&mut $crate::model::json::Json::new(text))?;
                    whole.$field = $crate::model::json::read(text)?;
                    Ok(whole)
                })
            }
        }
    };
}

pub(crate) use {flattened, tagged};

/// Deserializes a value from its text.
pub(crate) fn read<'de, D: Deserializer<'de>, T>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, Unreadable>,
) -> Result<T, D::Error> {
    let text = Box::<RawValue>::deserialize(from)?;
    parse(text.get()).map_err(de::Error::custom)
}

/// The tag of an object. Fails if the text is not an object, or the tag is missing or duplicated.
pub(crate) fn tag(name: &'static str, object: &str) -> Result<String, Unreadable> {
    Json::new(object).deserialize_map(Tag(name))
}

/// Finds the tag of this name and skips everything else.
struct Tag(&'static str);

impl<'de> Visitor<'de> for Tag {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a tag")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<String, M::Error> {
        let mut tag = None;
        while let Some(is_tag) = map.next_key_seed(Is(self.0))? {
            if !is_tag {
                map.next_value::<IgnoredAny>()?;
            } else if tag.is_some() {
                return Err(de::Error::duplicate_field(self.0));
            } else {
                tag = Some(map.next_value()?);
            }
        }
        tag.ok_or_else(|| de::Error::missing_field(self.0))
    }
}

/// Whether a key equals this one.
struct Is(&'static str);

impl<'de> DeserializeSeed<'de> for Is {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Is {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

/// An object whose tag is known, presented as serde's derive for untagged enums expects it.
pub(crate) struct Tagged<'a> {
    variant: &'a str,
    text: &'a str,
}

impl<'a> Tagged<'a> {
    pub(crate) fn new(variant: &'a str, text: &'a str) -> Self {
        Self { variant, text }
    }
}

impl<'de> Deserializer<'de> for Tagged<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Tagged<'de> {
    type Error = Unreadable;
    type Variant = Object<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Object<'de>), Unreadable> {
        let variant = seed.deserialize(StrDeserializer::new(self.variant))?;
        Ok((variant, Object(self.text)))
    }
}

/// The text of an object that becomes the value of a variant.
pub(crate) struct Object<'a>(&'a str);

impl<'de> de::VariantAccess<'de> for Object<'de> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        seed.deserialize(&mut Json::new(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Unreadable> {
        Err(de::Error::custom(ONLY_OBJECTS))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        Json::new(self.0).deserialize_map(visitor)
    }
}

const ONLY_OBJECTS: &str = "only an object can have a tag";

/// Serializes what serde derives for an untagged enum as an object with a tag.
pub(crate) struct Tagging<S> {
    tag: &'static str,
    /// The name of the variant, once it is known.
    variant: Option<&'static str>,
    out: S,
}

impl<S: Serializer> Tagging<S> {
    pub(crate) fn new(tag: &'static str, out: S) -> Self {
        let variant = None;
        Self { tag, variant, out }
    }
}

/// Only objects can be tagged.
macro_rules! refused {
    ($($method:ident($($value:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $value),*) -> Result<$ok, S::Error> {
            Err(ser::Error::custom(ONLY_OBJECTS))
        })*
    };
}

impl<S: Serializer> Serializer for Tagging<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = Impossible<S::Ok, S::Error>;
    type SerializeMap = S::SerializeMap;
    type SerializeStruct = S::SerializeStruct;
    type SerializeStructVariant = Variant<S::SerializeStruct>;

    fn serialize_unit_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        let mut out = self.out.serialize_struct(name, 1)?;
        out.serialize_field(self.tag, variant)?;
        out.end()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.variant = Some(variant);
        value.serialize(self)
    }

    fn serialize_struct_variant(
        mut self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Variant<S::SerializeStruct>, S::Error> {
        self.variant = Some(variant);
        self.serialize_struct(name, len).map(Variant)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<S::SerializeStruct, S::Error> {
        let mut out = self.out.serialize_struct(name, len + 1)?;
        out.serialize_field(self.tag, self.variant.unwrap_or_default())?;
        Ok(out)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<S::SerializeMap, S::Error> {
        let mut out = self.out.serialize_map(len.map(|len| len + 1))?;
        out.serialize_entry(self.tag, self.variant.unwrap_or_default())?;
        Ok(out)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    refused! {
        serialize_bool(bool) -> S::Ok;
        serialize_i8(i8) -> S::Ok;
        serialize_i16(i16) -> S::Ok;
        serialize_i32(i32) -> S::Ok;
        serialize_i64(i64) -> S::Ok;
        serialize_u8(u8) -> S::Ok;
        serialize_u16(u16) -> S::Ok;
        serialize_u32(u32) -> S::Ok;
        serialize_u64(u64) -> S::Ok;
        serialize_f32(f32) -> S::Ok;
        serialize_f64(f64) -> S::Ok;
        serialize_char(char) -> S::Ok;
        serialize_str(&str) -> S::Ok;
        serialize_bytes(&[u8]) -> S::Ok;
        serialize_none() -> S::Ok;
        serialize_unit() -> S::Ok;
        serialize_unit_struct(&'static str) -> S::Ok;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
    }
}

/// The fields of a variant, as those of a struct.
pub(crate) struct Variant<S>(S);

impl<S: SerializeStruct> ser::SerializeStructVariant for Variant<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        self.0.serialize_field(key, value)
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), S::Error> {
        self.0.skip_field(key)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests;
