package models

import "time"

// AdditionKind is what a moderator wants from now on.
type AdditionKind string

// The kinds of additions.
const (
	// BlockHost holds links to a host.
	BlockHost AdditionKind = "block-host"
	// BlockDomain holds links, authors' websites and e-mail addresses at a domain or below.
	BlockDomain AdditionKind = "block-domain"
	// BlockPhrase holds a word or phrase.
	BlockPhrase AdditionKind = "block-phrase"
	// ApproveEmail approves whoever gives an e-mail address, which anybody can.
	ApproveEmail AdditionKind = "approve-email"
	// ApproveAccount approves a logged-in author, by id.
	ApproveAccount AdditionKind = "approve-account"
)

// Addition is a rule to be added to a policy.
type Addition struct {
	Kind  AdditionKind
	Value string
	// Site is the one site that it is for; empty for all.
	Site string
}

// Draft is a rule as it would stand in the policy's file.
type Draft struct {
	Addition
	// Name is what reasons would call the rule, Entry its line of YAML.
	Name, Entry string
	// File is where it would be written.
	File string
	// Base is the version of the policy without it, Version that with it.
	Base, Version string
}

// TrialState is how far a trial has come.
type TrialState string

// The states of a trial.
const (
	TrialWaiting TrialState = "waiting" // for another trial to end
	TrialRunning TrialState = "running"
	TrialDone    TrialState = "done"
	TrialStopped TrialState = "stopped"
	TrialFailed  TrialState = "failed"
)

// Trial tries a rule on what was decided, before it is written.
type Trial struct {
	ID    string
	Draft Draft
	// By is who tries it.
	By Actor
	// Since is the time from which decisions are replayed.
	Since time.Time
	State TrialState
	// Replayed counts the decisions that were replayed so far.
	Replayed int
	// Result is there when the state is done.
	Result *BacktestResult
	// Written is when the rule was written into the policy's file, zero if it was not.
	Written time.Time
	// InForce tells that decisions are made by the rule.
	InForce bool
}
