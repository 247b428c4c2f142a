//! Organisations, settings, secrets.

use rolecall_domain::{
    ids::{ConnectionId, TokenId},
    name_rule::NameRule,
    ports::{Kind, StoreError, TokenKey, Unique},
    records::{Connection, SchemaExtension, Settings, Token},
    role::{OrgRole, WorkspaceRole},
    secret::{Secret, SecretKind},
    switches::Switches,
    testing::{NumberedIds, THEN, a_connection, a_token, an_api_key, an_extension, the_connection},
    token_scope::TokenScopes,
};
use rolecall_scim::profile::Profile;
use uuid::Uuid;

use super::world::{Subject, World, from_start, later};

pub(crate) fn an_organisation_is_found_by_its_slug(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    assert_ne!(acme.org, globex.org);
    let found = acme.read(|tx, _| tx.find_org("globex")).unwrap();
    assert_eq!(
        (found.id, found.slug.as_str(), found.name.as_str(), found.created_at),
        (globex.org, "globex", "globex", THEN)
    );
    assert_eq!(acme.read(|tx, _| tx.find_org("initech")), None);
    let slugs: Vec<_> = acme.read(|tx, _| tx.list_orgs()).into_iter().map(|org| org.slug).collect();
    assert_eq!(slugs, ["acme", "globex"]);
}

pub(crate) fn a_slug_is_taken_once(subject: &mut Subject) {
    let acme = subject.acme();
    let again = acme.try_write(|tx, _| tx.insert_org("acme", "Acme", &Settings::default(), THEN));
    assert_eq!(again, Err(StoreError::Taken(Unique::OrgSlug)));
}

pub(crate) fn an_organisation_is_called_otherwise_and_no_other_one_is(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    assert_eq!(acme.read(|tx, org| tx.org_name(org)), "acme");
    assert!(acme.write(|tx, org| tx.rename_org(org, "Acme Größe")));
    assert_eq!(acme.read(|tx, org| tx.org_name(org)), "Acme Größe");
    assert!(!acme.write(|tx, org| tx.rename_org(org, "Acme Größe")), "it is called so already");
    let name = |slug: &'static str| acme.read(move |tx, _| tx.find_org(slug)).unwrap().name;
    assert_eq!((name("acme").as_str(), name("globex").as_str()), ("Acme Größe", "globex"));
    assert_eq!(globex.read(|tx, _| tx.find_org("acme")).unwrap().slug, "acme");
}

pub(crate) fn settings_come_back_as_written(subject: &mut Subject) {
    let acme = subject.acme();
    assert_eq!(acme.read(|tx, org| tx.settings(org)), Settings::default());
    let mut changed = Settings::default();
    changed.pattern.prefix = "rc-\"'🐧".into();
    changed.pattern.enabled = false;
    changed.guard.brake.enabled = true;
    changed.guard.brake.max_people = 7;
    changed.rules = vec![
        NameRule {
            pattern: r#"(?<workspace>\w+)-'"🐧"#.into(),
            workspace: None,
            role: Some(WorkspaceRole::Manager),
        },
        NameRule { pattern: "(?<role>.*)".into(), workspace: Some("Sales".into()), role: None },
    ];
    let row = changed.clone();
    acme.write(move |tx, org| tx.update_settings(org, &row));
    assert_eq!(acme.read(|tx, org| tx.settings(org)), changed);
    assert_eq!(subject.org("globex").read(|tx, org| tx.settings(org)), Settings::default());
}

// scim: 194
pub(crate) fn a_token_opens_its_own_organisation_only(subject: &mut Subject) {
    let acme = subject.acme();
    subject.org("globex");
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let token = a_token("entra", &secret);
    let row = token.clone();
    acme.write(move |tx, org| tx.insert_token(org, &row));
    let hash = secret.hash();
    let (org, found, connection) = acme
        .read({
            let hash = hash.clone();
            move |tx, _| tx.find_token("acme", &TokenKey::Hash(hash.clone()))
        })
        .unwrap();
    assert_eq!((org.id, &found, connection), (acme.org, &token, a_connection("default")));
    assert_eq!(acme.read(move |tx, _| tx.find_token("globex", &TokenKey::Hash(hash.clone()))), None);
    let other = Secret::new(SecretKind::Scim, [2; 32]).hash();
    assert_eq!(acme.read(move |tx, _| tx.find_token("acme", &TokenKey::Hash(other.clone()))), None);
    // As an access token names it.
    let id = token.id;
    let (org, found, connection) = acme.read(move |tx, _| tx.find_token("acme", &TokenKey::Id(id))).unwrap();
    assert_eq!((org.id, found, connection), (acme.org, token, a_connection("default")));
    assert_eq!(acme.read(move |tx, _| tx.find_token("globex", &TokenKey::Id(id))), None);
    assert_eq!(acme.read(|tx, _| tx.find_token("acme", &TokenKey::Id(TokenId(NumberedIds::nth(99))))), None);
}

pub(crate) fn a_revoked_token_is_still_found_and_says_so(subject: &mut Subject) {
    let acme = subject.acme();
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let token = a_token("entra", &secret);
    let (id, row) = (token.id, token);
    acme.write(move |tx, org| tx.insert_token(org, &row));
    assert!(acme.write(move |tx, org| tx.revoke_token(org, id, later(1))));
    assert!(!acme.write(move |tx, org| tx.revoke_token(org, id, later(2))), "it is revoked already");
    let (_, found, _) =
        acme.read(move |tx, _| tx.find_token("acme", &TokenKey::Hash(secret.hash()))).unwrap();
    assert_eq!(found.revoked_at, Some(later(1)));
    assert_eq!(acme.read(|tx, org| tx.list_tokens(org)), [found]);
}

pub(crate) fn the_latest_use_of_a_token_counts(subject: &mut Subject) {
    let acme = subject.acme();
    let token = a_token("entra", &Secret::new(SecretKind::Scim, [1; 32]));
    let (id, row) = (token.id, token);
    acme.write(move |tx, org| tx.insert_token(org, &row));
    for day in [3, 2] {
        acme.write(move |tx, org| tx.touch_tokens(&[(org, id, later(day))]));
    }
    let used = acme.read(|tx, org| tx.list_tokens(org))[0].last_used_at;
    assert_eq!(used, Some(later(3)));
}

pub(crate) fn a_token_comes_back_with_its_scopes(subject: &mut Subject) {
    let acme = subject.acme();
    let mut kept = Vec::new();
    for bits in 0..=15_i16 {
        let secret = Secret::new(SecretKind::Scim, [bits as u8; 32]);
        let token = Token { scopes: TokenScopes::from_bits(bits), ..a_token(&bits.to_string(), &secret) };
        let row = token.clone();
        acme.write(move |tx, org| tx.insert_token(org, &row));
        let found = acme.read(move |tx, _| tx.find_token("acme", &TokenKey::Hash(secret.hash()))).unwrap();
        assert_eq!(found.1, token);
        kept.push(token);
    }
    kept.sort_by_key(|token| token.id.0);
    assert_eq!(acme.read(|tx, org| tx.list_tokens(org)), kept);
}

pub(crate) fn an_api_key_names_its_organisation(subject: &mut Subject) {
    subject.acme();
    let globex = subject.org("globex");
    let secret = Secret::new(SecretKind::ApiKey, [1; 32]);
    let key = an_api_key("terraform", OrgRole::Owner, &secret);
    let (id, row) = (key.id, key.clone());
    globex.write(move |tx, org| tx.insert_api_key(org, &row));
    let hash = secret.hash();
    let (org, found) = globex.read(move |tx, _| tx.find_api_key(&hash)).unwrap();
    assert_eq!((org.id, found), (globex.org, key));
    assert!(globex.write(move |tx, org| tx.revoke_api_key(org, id, later(1))));
    assert!(!globex.write(move |tx, org| tx.revoke_api_key(org, id, later(2))));
    assert_eq!(globex.read(|tx, org| tx.list_api_keys(org))[0].revoked_at, Some(later(1)));
}

pub(crate) fn connections_are_found_by_name(subject: &mut Subject) {
    let acme = subject.acme();
    let okta = ConnectionId(Uuid::from_u128(5));
    acme.write(move |tx, org| tx.insert_connection(org, okta, "okta", THEN));
    assert_eq!(acme.read(|tx, org| tx.find_connection(org, "okta")), Some(okta));
    assert_eq!(acme.read(|tx, org| tx.find_connection(org, "default")), Some(the_connection()));
    assert_eq!(acme.read(|tx, org| tx.find_connection(org, "ping")), None);
}

pub(crate) fn a_token_is_found_with_the_profile_of_its_connection(subject: &mut Subject) {
    let acme = subject.acme();
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let (okta, other) = (ConnectionId(Uuid::from_u128(5)), ConnectionId(Uuid::from_u128(6)));
    let row = Token { connection: okta, ..a_token("okta", &secret) };
    acme.write(move |tx, org| {
        tx.insert_connection(org, okta, "okta", THEN)?;
        tx.insert_connection(org, other, "other", THEN)?;
        tx.insert_token(org, &row)
    });
    for (profile, paused_at) in [(Profile::Strict, Some(THEN)), (Profile::Compatible, None)] {
        let switches =
            Switches { verified_domains: vec!["acme.test".into()], lock: true, ..Switches::default() };
        let now = Connection { id: okta, profile, paused_at, switches, ..a_connection("okta") };
        let row = now.clone();
        acme.write(move |tx, org| tx.update_connection(org, &row));
        let hash = secret.hash();
        let (_, token, found) =
            acme.read(move |tx, _| tx.find_token("acme", &TokenKey::Hash(hash.clone()))).unwrap();
        assert_eq!((token.connection, found), (okta, now));
    }
}

pub(crate) fn connections_are_listed_with_their_profiles(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    let okta = Connection { id: ConnectionId(Uuid::from_u128(5)), ..a_connection("okta") };
    let id = okta.id;
    let strict = Connection { profile: Profile::Strict, ..okta };
    let row = strict.clone();
    acme.write(move |tx, org| {
        tx.insert_connection(org, id, "okta", THEN)?;
        tx.update_connection(org, &row)
    });
    // Another organisation's connection of the same id stays as it is.
    let row = strict.clone();
    globex.write(move |tx, org| tx.update_connection(org, &row));
    assert_eq!(acme.read(|tx, org| tx.list_connections(org)), [a_connection("default"), strict]);
    assert_eq!(globex.read(|tx, org| tx.list_connections(org)), [a_connection("default")]);
}

pub(crate) fn a_name_of_a_connection_is_taken_once(subject: &mut Subject) {
    let acme = subject.acme();
    let (okta, again) = (ConnectionId(Uuid::from_u128(5)), ConnectionId(Uuid::from_u128(6)));
    acme.write(move |tx, org| tx.insert_connection(org, okta, "okta", THEN));
    let taken = Err(StoreError::Taken(Unique::ConnectionName));
    assert_eq!(acme.try_write(move |tx, org| tx.insert_connection(org, again, "okta", THEN)), taken);
    let renamed = Connection { id: okta, ..a_connection("default") };
    assert_eq!(acme.try_write(move |tx, org| tx.update_connection(org, &renamed)), taken);
}

pub(crate) fn a_connection_goes_with_its_tokens_and_knows_what_it_owns(subject: &mut Subject) {
    let acme = subject.acme();
    let okta = ConnectionId(Uuid::from_u128(5));
    let token = Token { connection: okta, ..a_token("okta", &Secret::new(SecretKind::Scim, [1; 32])) };
    acme.write(move |tx, org| {
        tx.insert_connection(org, okta, "okta", THEN)?;
        tx.insert_token(org, &token)
    });
    let ada = acme.person("ada");
    acme.group("Sales");
    assert_eq!(acme.read(|tx, org| tx.count_owned(org, the_connection(), 9)), (1, 1));
    assert_eq!(acme.read(move |tx, org| tx.count_owned(org, okta, 9)), (0, 0));
    assert_eq!(acme.read(|tx, org| tx.count_owned(org, the_connection(), 0)), (0, 0));
    let (id, people) = (ada.id, acme.read(|tx, org| tx.people_of(org, the_connection(), from_start(9))));
    assert_eq!(people, [ada]);
    acme.write(move |tx, org| tx.move_user(org, id, okta, Some("00u1")));
    let moved = acme.read(move |tx, org| tx.people_of(org, okta, from_start(9)));
    assert_eq!((moved[0].connection, moved[0].facts.external_id.as_deref()), (okta, Some("00u1")));
    acme.write(move |tx, org| tx.set_outside(org, &[id], true));
    assert!(acme.read(move |tx, org| tx.find_user(org, id)).unwrap().facts.outside);
    acme.write(move |tx, org| {
        tx.move_user(org, id, the_connection(), None)?;
        tx.delete_connection(org, okta)
    });
    assert_eq!(acme.read(|tx, org| tx.list_connections(org)), [a_connection("default")]);
    assert_eq!(acme.read(|tx, org| tx.list_tokens(org)), []);
}

pub(crate) fn schemas_come_back_as_written_in_the_order_they_were_added(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    let hr = SchemaExtension { required: true, ..an_extension("urn:Example:hr:1.0", Kind::User) };
    let sites = SchemaExtension { created_at: later(1), ..an_extension("urn:example:a:1.0", Kind::Group) };
    for row in [sites.clone(), hr.clone()] {
        acme.write(move |tx, org| tx.put_schema(org, &row));
    }
    assert_eq!(acme.read(|tx, org| tx.list_schemas(org)), [hr.clone(), sites.clone()]);
    assert_eq!(globex.read(|tx, org| tx.list_schemas(org)), []);

    // One of the same URN takes its place, which is that of the first.
    let mut again = SchemaExtension { required: false, created_at: later(2), ..hr.clone() };
    again.schema.attributes.truncate(1);
    let row = again.clone();
    acme.write(move |tx, org| tx.put_schema(org, &row));
    let again = SchemaExtension { created_at: hr.created_at, ..again };
    assert_eq!(acme.read(|tx, org| tx.list_schemas(org)), [again, sites.clone()]);

    assert!(!globex.write(|tx, org| tx.delete_schema(org, "urn:Example:hr:1.0")));
    assert!(acme.write(|tx, org| tx.delete_schema(org, "urn:example:HR:1.0")));
    assert!(!acme.write(|tx, org| tx.delete_schema(org, "urn:example:HR:1.0")));
    assert_eq!(acme.read(|tx, org| tx.list_schemas(org)), [sites]);
}

pub(crate) fn each_change_of_the_schemas_counts_the_version_that_comes_with_a_token(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let row = a_token("entra", &secret);
    acme.write(move |tx, org| tx.insert_token(org, &row));
    let version = |world: &World, slug: &'static str| {
        world.read(move |tx, _| tx.find_org(slug)).unwrap().schema_version
    };
    let with_token = || {
        let hash = secret.hash();
        acme.read(move |tx, _| tx.find_token("acme", &TokenKey::Hash(hash.clone()))).unwrap().0.schema_version
    };
    assert_eq!((with_token(), version(&acme, "acme")), (0, 0));
    let hr = an_extension("urn:example:hr:1.0", Kind::User);
    for count in [1, 2] {
        let row = hr.clone();
        acme.write(move |tx, org| tx.put_schema(org, &row));
        assert_eq!((with_token(), version(&acme, "acme")), (count, count));
    }
    acme.write(|tx, org| tx.delete_schema(org, "urn:example:hr:1.0"));
    acme.write(|tx, org| tx.delete_schema(org, "urn:example:hr:1.0"));
    assert_eq!(with_token(), 3, "removing nothing is no change");
    assert_eq!(version(&globex, "globex"), 0);
}
