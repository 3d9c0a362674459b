package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
)

// print writes a result: as JSON with --json, else by text.
func (a *app) print(result any, text func(io.Writer) error) error {
	if a.json {
		return a.printTo(a.stdout, result)
	}
	var b strings.Builder
	if err := text(&b); err != nil {
		return err
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

func (a *app) printTo(w io.Writer, v any) error {
	b, err := json.Marshal(v, json.FormatNilSliceAsNull(false), jsontext.EscapeForHTML(false), models.WireJSON())
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// printTable writes rows of cells in columns.
func printTable(w io.Writer, rows ...[]string) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, s := range row {
			cells[i] = cell(s)
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

// cell makes a text fit for a table and a terminal, whatever it contains.
func cell(s string) string {
	if strings.TrimSpace(s) == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}

// printWelcome prints what a first start has made, which cannot be shown again.
func (a *app) printWelcome(title string, made models.Welcome) error {
	if !a.json {
		if err := a.printFresh(title, fresh{Credentials: made.Credentials}); err != nil || made.LoginURL == "" {
			return err
		}
		_, err := fmt.Fprintf(a.stdout, "Sign in as %s, %s, once, within 24 hours:\n  %s\n", made.Email, made.Role, made.LoginURL)
		return err
	}
	if err := a.printTo(a.stdout, made); err != nil {
		return fmt.Errorf("the keys of site %q were stored but could not be printed, `winnow site rotate %s --key --secret --akismet` makes others: %w", made.Name, made.Name, err)
	}
	return nil
}

// fresh are credentials that cannot be shown again, and what the callback that came
// with them answered, if there is one.
type fresh struct {
	models.Credentials
	Ping *models.PingAnswer `json:"ping,omitempty"`
}

// printFresh prints credentials.
func (a *app) printFresh(title string, creds fresh) error {
	var text, flags strings.Builder
	for _, c := range []struct{ flag, name, value string }{
		{"--key", "API key", creds.Key}, {"--secret", "webhook secret", creds.Secret}, {"--akismet", "Akismet key", creds.AkismetKey},
	} {
		if c.value != "" {
			fmt.Fprintf(&text, "  %-15s %s\n", c.name, c.value)
			fmt.Fprintf(&flags, " %s", c.flag)
		}
	}
	err := a.print(creds, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n%s", title, text.String())
		return err
	})
	if err != nil {
		return fmt.Errorf("what is new for site %q was stored but could not be printed, `winnow site rotate %s%s` makes it anew: %w", creds.Name, creds.Name, flags.String(), err)
	}
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
