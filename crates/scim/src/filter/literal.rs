//! The value of a comparison, converted to the type of the attribute (RFC 7644 §3.4.2.2, RFC 7643 §2.3).

use super::{Literal, Operator, Target, TypedValue};
use crate::dialect;
use crate::error::ScimError;
use crate::index::fold;
use crate::instant;
use crate::path::AttrPath;
use crate::profile::Profile;
use crate::schema::AttributeType;

/// The literal as the type wants it, if the operator applies to the type and the literal fits.
pub(super) fn typed_value(
    path: &AttrPath,
    target: &Target,
    op: Operator,
    literal: &Literal,
    profile: Profile,
) -> Result<TypedValue, ScimError> {
    let text_only = matches!(op, Operator::Co | Operator::Sw | Operator::Ew);
    let ordering = matches!(op, Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le);
    let fits = match target.kind {
        AttributeType::String | AttributeType::Reference => true,
        AttributeType::Binary => !ordering,
        AttributeType::Boolean => !ordering && !text_only,
        AttributeType::Integer | AttributeType::Decimal | AttributeType::DateTime => !text_only,
        AttributeType::Complex => false,
    };
    if !fits {
        return Err(ScimError::invalid_filter(format!(
            "{path} {} …: the operator does not apply to a {} attribute",
            op.as_str(),
            target.kind.as_str()
        )));
    }
    let value = match (target.kind, literal) {
        (AttributeType::String | AttributeType::Reference | AttributeType::Binary, Literal::String(text)) => {
            Some(TypedValue::Text(if target.case_exact { text.clone() } else { fold(text) }))
        }
        (AttributeType::Boolean, Literal::Boolean(boolean)) => Some(TypedValue::Boolean(*boolean)),
        (AttributeType::Boolean, Literal::String(text)) => {
            dialect::boolean_from_text(text, profile).map(TypedValue::Boolean)
        }
        (AttributeType::Integer | AttributeType::Decimal, Literal::Number(number)) => {
            number.as_i64().map(TypedValue::Integer).or_else(|| number.as_f64().map(TypedValue::Decimal))
        }
        (AttributeType::DateTime, Literal::String(text)) => instant::parse(text).map(TypedValue::Instant),
        _ => None,
    };
    value.ok_or_else(|| {
        let wanted = match target.kind {
            AttributeType::Boolean => "true or false, without quotes",
            AttributeType::Integer | AttributeType::Decimal => "a number, without quotes",
            AttributeType::DateTime => r#"a date and time such as "2011-05-13T04:42:34Z""#,
            _ => "text in double quotes",
        };
        ScimError::invalid_filter(format!("{path} {} {literal}: expected {wanted}", op.as_str()))
    })
}
