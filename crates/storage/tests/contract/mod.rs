//! What a store promises, written against the domain's port alone. A database joins with ten lines: see `tests/sqlite.rs`.
//!
//! There are no optional parts, and no case looks at a clock: `all_cases!` names every case, and a function here that it
//! does not name is a compiler warning.

pub(crate) mod access;
pub(crate) mod administrators;
pub(crate) mod adoption;
pub(crate) mod changes;
pub(crate) mod connect_links;
pub(crate) mod events;
pub(crate) mod filters;
pub(crate) mod findings;
pub(crate) mod grants;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod holds;
pub(crate) mod matches;
pub(crate) mod orgs;
pub(crate) mod pages;
pub(crate) mod plans;
pub(crate) mod recompute;
pub(crate) mod requests;
pub(crate) mod search;
mod town;
pub(crate) mod undo;
pub(crate) mod units;
pub(crate) mod users;
mod world;

#[allow(unused_imports, reason = "each test program uses its own part of this")]
pub(crate) use world::{Subject, World};

/// One `#[test]` for each case, on a fresh store each.
#[macro_export]
macro_rules! all_cases {
    ($fresh:path) => {
        $crate::all_cases! { $fresh;
            orgs {
                an_organisation_is_found_by_its_slug
                a_slug_is_taken_once
                an_organisation_is_called_otherwise_and_no_other_one_is
                settings_come_back_as_written
                a_token_opens_its_own_organisation_only
                a_revoked_token_is_still_found_and_says_so
                the_latest_use_of_a_token_counts
                a_token_comes_back_with_its_scopes
                an_api_key_names_its_organisation
                connections_are_found_by_name
                a_token_is_found_with_the_profile_of_its_connection
                connections_are_listed_with_their_profiles
                a_name_of_a_connection_is_taken_once
                a_connection_goes_with_its_tokens_and_knows_what_it_owns
                schemas_come_back_as_written_in_the_order_they_were_added
                each_change_of_the_schemas_counts_the_version_that_comes_with_a_token
            }
            findings {
                what_stands_out_is_counted_and_named
            }
            users {
                a_person_comes_back_as_written
                overwriting_keeps_who_and_when_it_was_made
                a_user_name_is_taken_once_in_an_organisation
                an_external_id_is_taken_once_in_a_connection
                a_person_renamed_onto_another_is_refused
                people_are_listed_in_id_order_page_by_page
                an_administrator_finds_people_by_email_role_and_state
                the_groups_of_people_are_direct_and_indirect_and_pushed
                a_person_is_found_with_their_groups_as_those_are_alone
                a_person_and_who_asks_for_them_are_read_at_once
                a_person_is_read_for_tokens_alone_that_may_read_people
                a_deleted_person_leaves_groups_and_grants
                a_person_with_memberships_is_not_deleted
            }
            groups {
                a_group_comes_back_as_written
                a_group_and_who_asks_for_it_are_read_at_once
                a_group_is_read_for_tokens_alone_that_may_read_groups
                groups_of_one_name_are_told_apart_by_external_id
                an_external_id_of_a_group_is_taken_once_in_a_connection
                members_are_added_once_and_answered_when_new
                members_are_removed_and_answered_when_gone
                replacing_a_member_list_answers_who_went
                a_member_list_is_paged_in_id_order
                ids_are_people_groups_or_neither
                a_circle_is_found_at_any_depth
                groups_asking_for_a_workspace_are_those_without_an_administrators_mapping
                leaving_parents_gives_them_a_new_version
                a_deleted_group_takes_members_and_mappings_along
                a_touched_group_has_the_new_version
            }
            access {
                a_workspace_is_found_by_id_slug_and_key
                names_and_slugs_of_workspaces_are_taken_once
                mappings_are_listed_by_what_an_administrator_asks
                a_group_has_one_mapping_to_a_workspace
                mappings_move_to_another_group
                a_grant_is_put_changed_and_taken_back
                what_a_mapping_gives_is_kept_by_hand
                sources_say_why
                the_roles_of_some_people_in_some_workspaces_are_the_outcome
                a_cleared_workspace_has_no_sources
                a_workspace_with_people_in_it_is_not_deleted
                people_in_a_workspace_are_paged_in_id_order
                memberships_are_counted_over_all_workspaces
            }
            search {
                people_are_searched_by_the_beginning_of_a_name_or_an_address
                a_search_meets_everybody_once_whatever_the_size_of_its_pages
                a_place_of_another_search_is_none
                people_are_listed_by_what_stands_out
                groups_are_listed_by_name_and_by_what_stands_out
                workspaces_are_listed_by_name_and_by_what_stands_out
            }
            adoption {
                people_are_imported_with_their_ids_and_grants_once
                one_bad_line_keeps_everybody_out
                a_large_file_is_imported_page_by_page_as_line_by_line
                a_directory_that_pushes_an_imported_person_takes_them_in_as_they_are
                what_is_known_of_a_person_goes_with_them
                what_people_of_a_connection_have_is_kept_by_hand
                people_who_are_there_twice_are_matched_by_id_and_by_address
                a_connection_is_switched_off_as_its_plan_says_over_any_history
            }
            matches {
                two_people_are_made_one_and_two_again
                nobody_loses_access_by_being_made_one_over_any_history
                what_stands_against_two_people_being_one_is_told_and_changes_nothing
                what_a_decided_hold_keeps_moves_with_the_rest
                a_refused_pair_is_proposed_no_more_until_that_is_taken_back
                those_who_are_sure_are_made_one_at_once
                a_merge_whose_other_cannot_come_back_stays_whole
            }
            administrators {
                an_administrator_comes_back_as_written
                an_administrator_is_of_one_organisation_and_its_address_taken_once_there
                a_session_tells_whose_it_is_until_it_is_ended
                a_set_up_link_is_found_until_it_is_used
            }
            connect_links {
                a_setup_link_comes_back_as_written_with_its_connection
                a_setup_link_is_revoked_once_and_goes_with_its_connection
            }
            events {
                events_are_numbered_in_order_in_each_organisation
                an_event_comes_back_as_written
            }
            changes {
                the_effects_of_a_change_are_what_is_left_of_it_in_the_end
                names_are_those_of_now_and_of_the_organisation
                what_is_gone_is_called_as_it_was_last
                a_recomputation_is_read_back_as_effects
            }
            requests {
                a_request_comes_back_as_written
                requests_are_listed_newest_first_by_what_is_asked
                requests_are_counted_from_moment_to_moment
                many_requests_are_written_at_once
                old_requests_are_removed_the_oldest_first
                refusals_are_counted_by_reason_and_token
                the_last_request_of_each_token_is_known
                resources_have_names_and_changes_have_events
            }
            plans {
                what_was_planned_is_what_happens_over_any_history
            }
            undo {
                after_an_undo_of_any_change_everything_is_as_before
                an_undo_can_be_undone
                what_was_changed_since_stays_and_is_told
                a_span_of_time_of_one_token_is_undone_and_nothing_else
                what_was_removed_is_kept_for_a_time
                an_organisation_whose_old_name_no_event_kept_stays_as_it_is_called
            }
            history {
                a_span_says_since_when_until_when_and_by_what
                a_forgotten_person_has_no_name_and_the_same_history
                the_history_of_any_life_is_what_was_at_each_moment
            }
            units {
                a_unit_that_rolls_back_leaves_its_companions
                a_unit_that_panics_is_undone_and_the_others_are_not
                concurrent_writers_are_all_acknowledged_and_all_there
                a_read_sees_one_moment
                a_read_of_more_than_one_question_sees_one_moment_whatever_it_was_taken_for
                a_read_does_not_see_what_is_not_committed
                what_was_acknowledged_is_there_after_reopening
                after_a_taken_name_the_same_unit_goes_on
                a_reader_that_panics_leaves_the_store_usable
                nothing_crosses_between_two_organisations
            }
            filters {
                the_match_queries_find_one_person
                the_match_queries_find_groups
                pages_of_a_query_follow_each_other
                a_query_for_members_and_groups
                what_a_client_sends_is_never_sql
                a_person_is_found_by_each_of_its_addresses_as_they_are_now
                a_filter_means_the_same_in_sql_as_in_scim
                a_filter_on_groups_means_the_same_in_sql_as_in_scim
            }
            pages {
                an_order_means_the_same_in_sql_as_in_scim
                an_order_of_groups_means_the_same_in_sql_as_in_scim
                values_of_any_type_are_ordered_as_in_scim
                a_walk_by_cursor_misses_nobody_and_meets_nobody_twice
                a_cursor_goes_with_a_filter
                a_value_too_long_for_a_cursor_is_passed_by_number
                a_place_that_no_page_gave_out_is_followed_by_nobody
                pages_by_position_agree_with_the_rows_whoever_came_and_went
                a_refused_person_takes_no_position
                a_group_takes_a_position_when_it_is_pushed
                groups_by_position_pass_over_those_that_wait
            }
            grants {
                a_grant_comes_back_with_its_end_and_is_made_another
                grants_are_due_when_their_time_has_come_in_any_organisation
                what_has_come_to_its_end_takes_access_away_once
                who_keeps_what_a_mapping_gave_has_it_behind_a_grant_that_ends
                who_keeps_what_a_connection_gave_has_it_behind_a_grant_that_ends
                of_two_people_made_one_what_ends_ends_no_sooner_and_no_later
                what_could_end_only_twice_stands_against_making_two_people_one
                what_was_removed_comes_back_with_its_end_unless_that_has_come
                a_file_gives_what_ends_once_and_passes_over_what_has_ended
            }
            holds {
                losers_are_held_and_told_what_they_keep
                the_last_owner_by_a_group_is_held_and_no_other
                whoever_else_is_an_owner_counts_when_active_or_held
                losers_are_noted_and_counted_within_a_window
                people_with_access_are_counted_no_further_than_matters
                holds_end_when_their_time_comes
                a_hidden_person_is_nobody_to_scim_and_is_removed_later
            }
            recompute {
                joining_a_mapped_group_gives_the_role_and_one_event
                the_highest_role_wins_and_the_next_one_takes_over
                a_deactivated_person_has_nothing_and_gets_it_back
                people_of_nested_groups_are_in_scope
                a_cleared_workspace_is_left_by_everybody
                a_recomputation_that_changes_nothing_writes_nothing
                an_empty_scope_changes_nothing
                memberships_and_events_follow_the_rule_over_any_history
            }
        }
    };
    ($fresh:path; $($module:ident { $($case:ident)+ })+) => {
        $(mod $module {
            $(#[test]
            fn $case() {
                // No subject: the database is not there, and has said so.
                if let Some(mut subject) = $fresh() {
                    $crate::contract::$module::$case(&mut subject);
                }
            })+
        })+
    };
}
