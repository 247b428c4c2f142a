//! The tables, as far as Diesel needs to know them. `tests/catalogue.rs` compares this with the migrated database.

#![allow(missing_docs, clippy::wildcard_imports)]

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    use diesel::sql_types::*;
    use crate::types::Text;

    orgs (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        created_at -> BigInt,
        schema_version -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Text;

    schema_extensions (org_id, urn) {
        org_id -> BigInt,
        urn -> Text,
        resource_type -> SmallInt,
        required -> Bool,
        created_at -> BigInt,
        document -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Text;

    org_settings (org_id) {
        org_id -> BigInt,
        pattern -> Text,
        rules -> Text,
        guard -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    connections (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        name -> Text,
        created_at -> BigInt,
        profile -> SmallInt,
        switches -> Text,
        paused_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    scim_tokens (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        connection_id -> Uid,
        name -> Text,
        hash -> Binary,
        hint -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        scopes -> SmallInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    api_keys (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        name -> Text,
        hash -> Binary,
        hint -> Text,
        role -> SmallInt,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Search, Text, Uid};

    users (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        connection_id -> Uid,
        active -> Bool,
        org_role -> SmallInt,
        version -> BigInt,
        created_at -> BigInt,
        modified_at -> BigInt,
        user_name -> Text,
        user_name_key -> Text,
        external_id -> Nullable<Text>,
        display_name -> Text,
        display_name_key -> Text,
        display_name_composed -> Bool,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        document -> Text,
        search -> Search,
        given_role -> Nullable<SmallInt>,
        outside -> Bool,
        gone_at -> Nullable<BigInt>,
        unknown_role -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    user_emails (org_id, email_key, user_id) {
        org_id -> BigInt,
        email_key -> Text,
        user_id -> Uid,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    positions (org_id, kind, first_id) {
        org_id -> BigInt,
        kind -> SmallInt,
        first_id -> Uid,
        count -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Search, Text, Uid};

    groups (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        connection_id -> Nullable<Uid>,
        version -> BigInt,
        created_at -> BigInt,
        modified_at -> BigInt,
        display_name -> Text,
        display_name_key -> Text,
        external_id -> Nullable<Text>,
        pattern_key -> Nullable<Text>,
        pattern_role -> Nullable<SmallInt>,
        document -> Text,
        search -> Search,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    group_members (org_id, group_id, member_id) {
        org_id -> BigInt,
        group_id -> Uid,
        member_id -> Uid,
        member_kind -> SmallInt,
        change_id -> Uid,
        added_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    workspaces (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        name -> Text,
        name_key -> Text,
        slug -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        archived_at -> Nullable<BigInt>,
        people -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    mappings (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        group_id -> Uid,
        workspace_id -> Uid,
        role -> SmallInt,
        origin -> SmallInt,
        created_at -> BigInt,
        paused_at -> Nullable<BigInt>,
        change_id -> Nullable<Uid>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    grants (org_id, workspace_id, user_id) {
        org_id -> BigInt,
        workspace_id -> Uid,
        user_id -> Uid,
        role -> SmallInt,
        given_at -> BigInt,
        change_id -> Nullable<Uid>,
        expires_at -> Nullable<BigInt>,
        then_role -> Nullable<SmallInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    memberships (org_id, workspace_id, user_id) {
        org_id -> BigInt,
        workspace_id -> Uid,
        user_id -> Uid,
        role -> SmallInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    events (org_id, seq) {
        org_id -> BigInt,
        seq -> BigInt,
        kind -> Text,
        at -> BigInt,
        change_id -> Uid,
        actor_kind -> SmallInt,
        actor_id -> Nullable<Uid>,
        actor_connection_id -> Nullable<Uid>,
        user_id -> Nullable<Uid>,
        group_id -> Nullable<Uid>,
        workspace_id -> Nullable<Uid>,
        mapping_id -> Nullable<Uid>,
        old_role -> Nullable<SmallInt>,
        new_role -> Nullable<SmallInt>,
        subject -> Nullable<Text>,
        former_id -> Nullable<Uid>,
        app_id -> Nullable<Text>,
        changed -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    role_mappings (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        group_id -> Uid,
        role -> SmallInt,
        created_at -> BigInt,
        paused_at -> Nullable<BigInt>,
        change_id -> Nullable<Uid>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    holds (org_id, user_id) {
        org_id -> BigInt,
        user_id -> Uid,
        reason -> SmallInt,
        kept -> Bool,
        since -> BigInt,
        until -> Nullable<BigInt>,
        change_id -> Uid,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    recent_removals (org_id, user_id) {
        org_id -> BigInt,
        user_id -> Uid,
        at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    administrators (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        email -> Text,
        email_key -> Text,
        role -> SmallInt,
        password -> Nullable<Text>,
        created_at -> BigInt,
        signed_in_at -> Nullable<BigInt>,
        disabled_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    admin_sessions (org_id, hash) {
        org_id -> BigInt,
        hash -> Binary,
        administrator_id -> Uid,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    set_up_links (org_id, hash) {
        org_id -> BigInt,
        hash -> Binary,
        administrator_id -> Nullable<Uid>,
        role -> SmallInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    connect_links (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        connection_id -> Uid,
        name -> Text,
        hash -> Binary,
        hint -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        opened_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    scim_requests (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        at -> BigInt,
        connection_id -> Nullable<Uid>,
        token_id -> Nullable<Uid>,
        refused -> Nullable<SmallInt>,
        failed -> Bool,
        status -> SmallInt,
        method -> Text,
        path -> Text,
        query -> Nullable<Text>,
        scim_type -> Nullable<Text>,
        detail -> Nullable<Text>,
        duration_us -> BigInt,
        remote -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        idp -> Nullable<Text>,
        resource_type -> Nullable<SmallInt>,
        resource_id -> Nullable<Uid>,
        name -> Nullable<Text>,
        name_key -> Nullable<Text>,
        request_body -> Nullable<Text>,
        response_body -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    removed_records (org_id, change_id, id) {
        org_id -> BigInt,
        change_id -> Uid,
        id -> Uid,
        kind -> SmallInt,
        at -> BigInt,
        connection_id -> Nullable<Uid>,
        version -> BigInt,
        created_at -> BigInt,
        document -> Text,
        app_id -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    removed_links (org_id, change_id, owner_id, kind, id, within_id) {
        org_id -> BigInt,
        change_id -> Uid,
        owner_id -> Uid,
        kind -> SmallInt,
        id -> Uid,
        within_id -> Uid,
        workspace_id -> Nullable<Uid>,
        role -> Nullable<SmallInt>,
        detail -> Nullable<SmallInt>,
        at -> BigInt,
        since -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::{Text, Uid};

    known_people (org_id, user_id) {
        org_id -> BigInt,
        user_id -> Uid,
        app_id -> Nullable<Text>,
        since -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    merged_people (org_id, former_id) {
        org_id -> BigInt,
        former_id -> Uid,
        user_id -> Uid,
        change_id -> Uid,
        at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::Uid;

    refused_matches (org_id, id) {
        org_id -> BigInt,
        id -> Uid,
        waiting_id -> Uid,
        user_id -> Uid,
        at -> BigInt,
    }
}

joinable!(scim_tokens -> orgs (org_id));
joinable!(api_keys -> orgs (org_id));
joinable!(admin_sessions -> orgs (org_id));
joinable!(connect_links -> orgs (org_id));

allow_tables_to_appear_in_same_query!(
    orgs,
    schema_extensions,
    org_settings,
    connections,
    scim_tokens,
    api_keys,
    users,
    user_emails,
    positions,
    groups,
    group_members,
    workspaces,
    mappings,
    grants,
    memberships,
    events,
    role_mappings,
    holds,
    recent_removals,
    administrators,
    admin_sessions,
    set_up_links,
    connect_links,
    scim_requests,
    removed_records,
    removed_links,
    known_people,
    merged_people,
    refused_matches,
);
