//! The resource types of organisations that have schemas of their own, kept from request to request.
//!
//! What is kept is never stale: each request reads the organisation's `schema_version` together with its token, and what
//! was made of another version is made anew. So replicas need not tell each other anything.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rolecall_domain::{
    ids::OrgId,
    ports::{ReadTx, StoreError, Terms},
    use_cases::{schemas, secrets::IdpCaller},
};

/// More organisations with schemas of their own than this, and all are forgotten: they cost one read each to make again.
const MOST: usize = 10_000;

/// Terms by organisation, each with the version that they were made of.
#[derive(Debug, Default)]
pub struct SchemaCache {
    known: Mutex<HashMap<OrgId, (i64, Terms)>>,
}

impl SchemaCache {
    /// On which terms a caller is served. Reads its schemas when they have changed since this instance last did.
    pub(crate) fn terms(
        &self,
        tx: &mut (impl ReadTx + ?Sized),
        caller: &IdpCaller,
    ) -> Result<Terms, StoreError> {
        let (org, version) = (caller.org.id, caller.org.schema_version);
        if version == 0 {
            return Ok(Terms::standard(caller.connection.profile));
        }
        if let Some(terms) = self.find(org, version) {
            return Ok(Terms { profile: caller.connection.profile, ..terms });
        }
        let terms = schemas::terms(caller.connection.profile, &tx.list_schemas(org)?)
            .map_err(|error| StoreError::Failed(format!("a stored schema cannot be used: {error}")))?;
        self.keep(org, version, terms.clone());
        Ok(terms)
    }

    fn find(&self, org: OrgId, version: i64) -> Option<Terms> {
        self.known().get(&org).filter(|(of, _)| *of == version).map(|(_, terms)| terms.clone())
    }

    fn keep(&self, org: OrgId, version: i64, terms: Terms) {
        let mut known = self.known();
        // A request that began before a change may end after it.
        if known.get(&org).is_some_and(|(newer, _)| *newer > version) {
            return;
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(org, (version, terms));
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<OrgId, (i64, Terms)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rolecall_domain::{
        ids::TokenId,
        ports::Kind,
        records::{Connection, Org},
        testing::{MockTx, NumberedIds, a_connection, an_extension, an_org},
        token_scope::TokenScopes,
    };
    use rolecall_scim::{profile::Profile, schema::ResourceType};

    use super::*;

    const HR: &str = "urn:example:hr:1.0";

    fn a_caller(schema_version: i64, profile: Profile) -> IdpCaller {
        let org = Org { schema_version, ..an_org("acme") };
        let connection = Arc::new(Connection { profile, ..a_connection("default") });
        IdpCaller { org, connection, token: TokenId(NumberedIds::nth(1)), scopes: TokenScopes::ALL }
    }

    fn a_store_with(urn: &'static str) -> MockTx {
        let mut tx = MockTx::new();
        tx.expect_list_schemas().times(1).returning(move |_| Ok(vec![an_extension(urn, Kind::User)]));
        tx
    }

    #[test]
    fn an_organisation_without_schemas_asks_nothing_and_shares_what_all_have() {
        let terms = SchemaCache::default().terms(&mut MockTx::new(), &a_caller(0, Profile::Strict)).unwrap();
        assert_eq!(terms.profile, Profile::Strict);
        assert!(Arc::ptr_eq(&terms.user_type, &ResourceType::shared_user()));
    }

    #[test]
    fn schemas_are_read_once_for_each_version() {
        let cache = SchemaCache::default();
        let first = cache.terms(&mut a_store_with(HR), &a_caller(1, Profile::Compatible)).unwrap();
        assert!(first.user_type.extension(HR).is_some());
        // The profile is the caller's own, not that of whoever came first.
        let again = cache.terms(&mut MockTx::new(), &a_caller(1, Profile::Strict)).unwrap();
        assert!(Arc::ptr_eq(&again.user_type, &first.user_type));
        assert_eq!(again.profile, Profile::Strict);

        let other = "urn:example:other:1.0";
        let changed = cache.terms(&mut a_store_with(other), &a_caller(2, Profile::Compatible)).unwrap();
        assert!(changed.user_type.extension(HR).is_none() && changed.user_type.extension(other).is_some());
        // One that was admitted before the change is served as it was then, and does not undo what is kept.
        let late = cache.terms(&mut a_store_with(HR), &a_caller(1, Profile::Compatible)).unwrap();
        assert!(late.user_type.extension(HR).is_some());
        let kept = cache.terms(&mut MockTx::new(), &a_caller(2, Profile::Compatible)).unwrap();
        assert!(Arc::ptr_eq(&kept.user_type, &changed.user_type));
    }
}
