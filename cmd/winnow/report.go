package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
)

// problem is an error as --json prints it.
type problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Detail string  `json:"detail"`
	Errors []fault `json:"errors,omitempty"`
}

// fault is one thing that is wrong with a configuration or a policy. File, Variable
// or Flag says where; Line and Column, both from 1, belong to File.
type fault struct {
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitzero"`
	Column   int    `json:"column,omitzero"`
	Variable string `json:"variable,omitempty"`
	Flag     string `json:"flag,omitempty"`
	Key      string `json:"key,omitempty"`
	Message  string `json:"message"`
}

// problemKind is a type of problem and the error that is one.
type problemKind struct {
	err         error
	name, title string
}

// problemKinds are the types that an error can be of; the first one counts.
func problemKinds() []problemKind {
	return []problemKind{
		{models.ErrNotFound, "not-found", "Not found"},
		{models.ErrConflict, "conflict", "Conflict"},
		{models.ErrInvalid, "invalid", "Invalid"},
		{models.ErrUnavailable, "unavailable", "Temporarily unavailable"},
		{control.ErrHeld, "conflict", "Conflict"},
		{fs.ErrNotExist, "not-found", "Not found"},
		{fs.ErrPermission, "forbidden", "Not permitted"},
	}
}

func problemOf(err error) problem {
	p := problem{Type: "internal", Title: "Failed", Detail: detail(err), Errors: faultsOf(err)}
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		p.Type, p.Title = "usage", "Wrong usage"
	case len(p.Errors) > 0:
		p.Type, p.Title = "invalid", "Invalid"
	default:
		for _, kind := range problemKinds() {
			if errors.Is(err, kind.err) {
				p.Type, p.Title = kind.name, kind.title
				break
			}
		}
	}
	p.Type = "urn:winnow:problem:" + p.Type
	return p
}

// detail is an error's text without the kinds that say nothing more at its end.
func detail(err error) string {
	text := err.Error()
	for _, kind := range []error{models.ErrConflict, models.ErrInvalid, models.ErrUnavailable} {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	return text
}

// faultsOf lists what is wrong in a configuration or a policy, if that is the error.
func faultsOf(err error) (list []fault) {
	var inConfig configs.Faults
	if errors.As(err, &inConfig) {
		for _, f := range inConfig {
			found := fault{Key: f.Key, Message: f.Message, Line: f.Line, Column: f.Column}
			switch f.Layer {
			case configs.FromEnv:
				found.Variable = f.Name
			case configs.FromFlag:
				found.Flag = f.Name
			default:
				found.File = f.Name
			}
			list = append(list, found)
		}
	}
	var inPolicy policy.Errors
	if errors.As(err, &inPolicy) {
		for _, f := range inPolicy {
			list = append(list, fault{File: f.File, Line: f.Line, Column: f.Col, Message: f.Msg})
		}
	}
	return list
}

// report prints an error, once. Faults of files stand alone on their lines, which
// begin with FILE:LINE:COL, as editors expect.
func (a *app) report(err error) {
	if a.json {
		_ = a.printTo(a.stderr, problemOf(err)) // there is nobody left to tell
		return
	}
	var (
		inConfig configs.Faults
		inPolicy policy.Errors
		usage    *usageError
	)
	switch {
	case errors.As(err, &inPolicy):
		fmt.Fprintln(a.stderr, inPolicy.Error())
	case errors.As(err, &usage) && errors.As(err, &inConfig):
		fmt.Fprintln(a.stderr, inConfig.Error(), usage.help())
	case errors.As(err, &inConfig):
		fmt.Fprintln(a.stderr, inConfig.Error())
	default:
		if errors.As(err, &usage) && usage.explain != nil {
			usage.explain.SetOut(a.stderr)
			_ = usage.explain.Help() // there is nobody left to tell
			_, _ = io.WriteString(a.stderr, "\n")
		}
		_, _ = io.WriteString(a.stderr, "winnow: "+detail(err)+"\n")
	}
}
