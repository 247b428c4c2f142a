//! An incremental cycle: joiners, movers, leavers, renames, and what that does to the groups.

use std::collections::{BTreeMap, BTreeSet};

use super::{Company, Cycle};
use crate::directory::invent;
use crate::directory::{GroupKey, PersonKey};
use crate::intent::{Change, Intent, Push, Regrouping};

/// Shares of the people or groups that something happens to in one cycle. At least one each, so that a small
/// company lives through everything, too.
mod share {
    pub(super) const JOINERS: f64 = 0.02;
    pub(super) const LEAVERS: f64 = 0.02;
    pub(super) const RETURNERS: f64 = 0.1;
    pub(super) const MOVERS: f64 = 0.03;
    pub(super) const RENAMED: f64 = 0.01;
    pub(super) const NEW_ROLES: f64 = 0.02;
    pub(super) const NEW_PHONES: f64 = 0.01;
    pub(super) const NEW_MANAGERS: f64 = 0.02;
    pub(super) const GROUPS_STIRRED: f64 = 0.3;
    pub(super) const GROUPS_RENAMED: f64 = 0.05;
    pub(super) const GROUPS_DISSOLVED: f64 = 0.03;
    pub(super) const GROUPS_FOUNDED: f64 = 0.03;
}

/// Somebody who left is deleted so many cycles later. Entra waits 30 days; a simulation has less time.
const CYCLES_UNTIL_DELETION: u32 = 2;

/// Who did what in this cycle, as far as the groups care.
#[derive(Default)]
struct Moves {
    joiners: Vec<PersonKey>,
    leavers: BTreeSet<PersonKey>,
    returners: Vec<PersonKey>,
    movers: BTreeSet<PersonKey>,
    /// Will be deleted at the end of this cycle.
    doomed: BTreeSet<PersonKey>,
}

impl Company {
    /// Lets time pass.
    pub(crate) fn next_cycle(&mut self) -> Cycle {
        let mut moves = Moves { doomed: self.doomed(), ..Moves::default() };
        self.people_come_and_go(&mut moves);
        self.people_change(&mut moves);
        self.managers_change(&moves);
        self.groups_change(&moves);
        for person in moves.doomed {
            self.left_in.remove(&person);
            self.free_user_names
                .extend(self.directory.people.get(&person).map(|record| record.user_name.clone()));
            self.happen(Intent::Delete { person });
        }
        self.finish()
    }

    /// The directory loses a share of its people at once, as by a wrong filter. Nothing else happens.
    pub(crate) fn lose(&mut self, percent: u8) -> Cycle {
        let active = self.active_people();
        let leavers = self.some_of(&active, f64::from(percent) / 100.0);
        let moves = Moves { leavers, ..Moves::default() };
        for person in moves.leavers.clone() {
            self.left_in.insert(person, self.number);
            self.happen(Intent::Deactivate { person });
        }
        let mut regroupings = BTreeMap::new();
        self.everyone_follows(&moves, &mut regroupings);
        for (group, regrouping) in regroupings {
            self.regroup(group, regrouping);
        }
        self.finish()
    }

    fn doomed(&self) -> BTreeSet<PersonKey> {
        if !self.habits.deletes_people {
            return BTreeSet::new();
        }
        let ripe = |left: &u32| left + CYCLES_UNTIL_DELETION <= self.number;
        self.left_in.iter().filter(|(_, left)| ripe(left)).map(|(person, _)| *person).collect()
    }

    fn people_come_and_go(&mut self, moves: &mut Moves) {
        let active = self.active_people();
        moves.leavers = self.some_of(&active, share::LEAVERS);
        if moves.leavers.len() == active.len() {
            moves.leavers.clear();
        }
        let away: Vec<PersonKey> =
            self.left_in.keys().filter(|person| !moves.doomed.contains(person)).copied().collect();
        moves.returners = self.some_of(&away, share::RETURNERS).into_iter().collect();
        for person in moves.leavers.clone() {
            self.left_in.insert(person, self.number);
            self.happen(Intent::Deactivate { person });
        }
        for person in moves.returners.clone() {
            self.left_in.remove(&person);
            self.happen(Intent::Reactivate { person });
        }
        let joiners = self.count_of(active.len(), share::JOINERS);
        moves.joiners = (0..joiners).map(|_| self.hire()).collect();
    }

    /// Movers, renames, roles, telephones: for each person in one intent, because that is how a directory sees it.
    fn people_change(&mut self, moves: &mut Moves) {
        let settled: Vec<PersonKey> = self
            .active_people()
            .into_iter()
            .filter(|person| !moves.joiners.contains(person) && !moves.returners.contains(person))
            .collect();
        let mut changes: BTreeMap<PersonKey, Vec<Change>> = BTreeMap::new();
        moves.movers = self.some_of(&settled, share::MOVERS);
        for person in &moves.movers {
            let loses_title = self.habits.clears_attributes && self.rng.u32(0..4) == 0;
            let title = (!loses_title).then(|| invent::title(&mut self.rng));
            let department = invent::department(&mut self.rng);
            changes
                .entry(*person)
                .or_default()
                .extend([Change::Department(department), Change::Title(title)]);
        }
        for person in self.some_of(&settled, share::RENAMED) {
            let record = &self.directory.people[&person];
            let naming = invent::rename(&mut self.rng, &self.style, person, record);
            changes.entry(person).or_default().extend([
                Change::FamilyName(naming.family_name),
                Change::UserName(naming.user_name),
                Change::Email(naming.email),
            ]);
        }
        for person in self.some_of(&settled, share::NEW_ROLES) {
            let roles = invent::roles(&mut self.rng, self.habits.roles);
            changes.entry(person).or_default().push(Change::Roles(roles));
        }
        let without_phone: Vec<PersonKey> =
            settled.iter().filter(|person| self.directory.people[person].phone.is_none()).copied().collect();
        for person in self.some_of(&without_phone, share::NEW_PHONES) {
            changes.entry(person).or_default().push(Change::Phone(invent::phone(&mut self.rng)));
        }
        for (person, changes) in changes {
            self.happen(Intent::Update { person, changes });
        }
    }

    /// Reports of a leaver go to the leaver's manager, joiners get one, a few people change theirs or lose it.
    fn managers_change(&mut self, moves: &Moves) {
        let mut managers: BTreeMap<PersonKey, Option<PersonKey>> = BTreeMap::new();
        for (person, record) in &self.directory.people {
            if let Some(manager) = record.manager
                && moves.leavers.contains(&manager)
                && !moves.doomed.contains(person)
            {
                managers.insert(*person, self.first_active_above(manager));
            }
        }
        let active = self.active_people();
        let changing = self.some_of(&active, share::NEW_MANAGERS);
        for person in moves.joiners.iter().chain(&changing) {
            let earlier = &active[..active.partition_point(|other| other < person)];
            let manager = if earlier.is_empty() || self.rng.u32(0..8) == 0 {
                None
            } else {
                Some(*invent::pick(&mut self.rng, earlier))
            };
            managers.insert(*person, manager);
        }
        for (person, manager) in managers {
            if self.directory.people[&person].manager != manager {
                self.happen(Intent::SetManager { person, manager });
            }
        }
    }

    fn groups_change(&mut self, moves: &Moves) {
        let mut regroupings: BTreeMap<GroupKey, Regrouping> = BTreeMap::new();
        let groups: Vec<GroupKey> =
            self.directory.groups.keys().filter(|group| **group != Self::EVERYONE).copied().collect();
        // By turns, so that the company keeps about as many groups as it had.
        let dissolved = if self.number.is_multiple_of(2) && groups.len() > 2 {
            self.some_of(&groups, share::GROUPS_DISSOLVED)
        } else {
            BTreeSet::new()
        };
        let groups: Vec<GroupKey> = groups.into_iter().filter(|group| !dissolved.contains(group)).collect();

        self.everyone_follows(moves, &mut regroupings);
        self.movers_move(moves, &groups, &mut regroupings);
        self.stir(moves, &groups, &mut regroupings);
        for group in self.some_of(&groups, share::GROUPS_RENAMED) {
            let name = invent::group_name(&mut self.rng, &self.style, &self.group_names);
            self.group_names.insert(name.clone());
            regroupings.entry(group).or_default().renamed = Some(name);
        }
        regroupings.retain(|group, _| !dissolved.contains(group));
        for (group, regrouping) in regroupings {
            self.regroup(group, regrouping);
        }
        for group in dissolved {
            self.happen(Intent::Dissolve { group });
        }
        if !self.number.is_multiple_of(2) && !self.directory.groups.is_empty() {
            for _ in 0..self.count_of(groups.len(), share::GROUPS_FOUNDED) {
                self.found_group();
            }
        }
    }

    fn everyone_follows(&self, moves: &Moves, regroupings: &mut BTreeMap<GroupKey, Regrouping>) {
        if self.directory.groups.contains_key(&Self::EVERYONE) {
            regroupings
                .entry(Self::EVERYONE)
                .or_default()
                .joined
                .extend(moves.joiners.iter().chain(&moves.returners));
        }
        if self.habits.leavers_leave_groups {
            for person in &moves.leavers {
                for (group, _) in self.directory.groups_of(*person) {
                    regroupings.entry(group).or_default().left.insert(*person);
                }
            }
        }
    }

    fn movers_move(
        &mut self,
        moves: &Moves,
        groups: &[GroupKey],
        regroupings: &mut BTreeMap<GroupKey, Regrouping>,
    ) {
        if groups.is_empty() {
            return;
        }
        for person in &moves.movers {
            let mine: Vec<GroupKey> = self
                .directory
                .groups_of(*person)
                .map(|(group, _)| group)
                .filter(|group| groups.contains(group))
                .collect();
            if !mine.is_empty() {
                let from = *invent::pick(&mut self.rng, &mine);
                regroupings.entry(from).or_default().left.insert(*person);
            }
            let to = *invent::pick(&mut self.rng, groups);
            regroupings.entry(to).or_default().joined.insert(*person);
        }
    }

    /// A few people in and out of many groups.
    fn stir(&mut self, moves: &Moves, groups: &[GroupKey], regroupings: &mut BTreeMap<GroupKey, Regrouping>) {
        let active = self.active_people();
        for group in self.some_of(groups, share::GROUPS_STIRRED) {
            let members: Vec<PersonKey> = self.directory.groups[&group]
                .members
                .iter()
                .filter(|person| !moves.doomed.contains(person))
                .copied()
                .collect();
            let regrouping = regroupings.entry(group).or_default();
            for _ in 0..self.rng.u32(1..=3) {
                if !members.is_empty() {
                    regrouping.left.insert(*invent::pick(&mut self.rng, &members));
                }
                if !active.is_empty() {
                    regrouping.joined.insert(*invent::pick(&mut self.rng, &active));
                }
            }
        }
    }

    /// Pushes only what is news: who joins was not there, who leaves was, and nobody does both.
    fn regroup(&mut self, group: GroupKey, mut regrouping: Regrouping) {
        let members = &self.directory.groups[&group].members;
        let joined = std::mem::take(&mut regrouping.joined);
        regrouping.left.retain(|person| members.contains(person) && !joined.contains(person));
        regrouping.joined = joined.into_iter().filter(|person| !members.contains(person)).collect();
        if regrouping.renamed.is_none() && regrouping.joined.is_empty() && regrouping.left.is_empty() {
            return;
        }
        if self.habits.pushes_whole_groups && self.rng.u32(0..4) == 0 {
            regrouping.push = Push::WholeSet;
        }
        self.happen(Intent::Regroup { group, regrouping });
    }

    pub(super) fn active_people(&self) -> Vec<PersonKey> {
        self.directory.people.iter().filter(|(_, record)| record.active).map(|(person, _)| *person).collect()
    }

    fn first_active_above(&self, person: PersonKey) -> Option<PersonKey> {
        let mut above = self.directory.people.get(&person)?.manager?;
        while !self.directory.people.get(&above)?.active {
            above = self.directory.people.get(&above)?.manager?;
        }
        Some(above)
    }

    fn count_of(&self, all: usize, share: f64) -> usize {
        ((all as f64 * share).round() as usize).max(1)
    }

    fn some_of<T: Copy + Ord>(&mut self, all: &[T], share: f64) -> BTreeSet<T> {
        if all.is_empty() {
            return BTreeSet::new();
        }
        self.rng.choose_multiple(all.iter().copied(), self.count_of(all.len(), share)).into_iter().collect()
    }
}
