package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/identity"
	"github.com/winnowd/winnow/models"
)

// eraseStep is how many comments are erased at a time.
const eraseStep = 100

// erasure is what a user wants to be erased.
type erasure struct {
	email, author, ip, comment, site string
	dryRun, yes                      bool
}

func (a *app) eraseCommand() *cobra.Command {
	var e erasure
	c := &cobra.Command{
		Use: "erase --email ADDRESS|--author NAME|--ip ADDRESS|--comment ID", Short: "Erase a person's comments, and what they taught",
		Long: "Erase every comment of a person, at all sites or one, for good: the texts, who wrote them, and what\n" +
			"the filter learnt from them. Their ids are not taken again. What is found is shown first; on a\n" +
			"terminal it asks before it erases. Erasing that broke off is completed by repeating it.\n\n" +
			"--email finds every way of writing an address that as a rule reaches the same person; --ip the\n" +
			"whole /64 of an IPv6 address; --author an author's id, or the whole name in any case, which others\n" +
			"may have, too. Backups made before still hold what was erased.",
		Example: "  winnow erase --email ann@example.com --dry-run\n  winnow erase --comment c-1042 --site blog --yes",
		Args:    args(),
		RunE:    func(c *cobra.Command, _ []string) error { return a.erase(c, &e) },
	}
	c.Flags().StringVar(&e.email, "email", "", "comments by this `ADDRESS`")
	c.Flags().StringVar(&e.author, "author", "", "comments by the author with this id or `NAME`")
	c.Flags().StringVar(&e.ip, "ip", "", "comments from this `ADDRESS`")
	c.Flags().StringVar(&e.comment, "comment", "", "the comment with this `ID`")
	c.Flags().StringVar(&e.site, "site", "", "only at this site, by `NAME`")
	c.Flags().BoolVar(&e.dryRun, "dry-run", false, "show what would be erased, and erase nothing")
	c.Flags().BoolVar(&e.yes, "yes", false, "do not ask")
	return c
}

// erased is what a command found and did.
type erased struct {
	Found  int                   `json:"found"`
	Erased int                   `json:"erased"`
	DryRun bool                  `json:"dry_run"`
	By     []models.FoundComment `json:"comments"`
}

func (a *app) erase(c *cobra.Command, e *erasure) error {
	given := 0
	for _, v := range []string{e.email, e.author, e.ip, e.comment} {
		if v != "" {
			given++
		}
	}
	if given != 1 {
		return wrongUsage(c, errors.New("say whose comments: one of --email, --author, --ip and --comment"))
	}
	found, err := a.toErase(c, e)
	if err != nil {
		return err
	}
	result := erased{Found: len(found), DryRun: e.dryRun, By: found}
	if !a.json {
		if err := a.showFound(e, found); err != nil {
			return err
		}
	}
	if e.dryRun || len(found) == 0 {
		return a.print(result, func(io.Writer) error { return nil })
	}
	if !e.yes && !a.confirm(fmt.Sprintf("Erase %s for good?", comments(len(found)))) {
		return errors.New("nothing was erased")
	}
	bar := a.progress("Erasing")
	err = a.change(c, func(ctx context.Context, admin control.Admin) error {
		for rest := found; len(rest) > 0; {
			step := rest[:min(eraseStep, len(rest))]
			refs := make([]models.CommentRef, len(step))
			for i := range step {
				refs[i] = step[i].CommentRef
			}
			n, err := admin.EraseComments(ctx, refs)
			result.Erased += n
			if err != nil {
				return err
			}
			rest = rest[len(step):]
			bar.set(float64(result.Erased)/float64(len(found)), fmt.Sprintf("%d comments", result.Erased))
		}
		return nil
	})
	bar.end()
	if err != nil {
		return fmt.Errorf("%d of %d were erased, the same command again goes on: %w", result.Erased, len(found), err)
	}
	return a.print(result, func(w io.Writer) error {
		if e.comment != "" && result.Erased == 0 {
			_, err := fmt.Fprintln(w, "There is no such comment, or it was erased before.")
			return err
		}
		_, err := fmt.Fprintf(w, "%d erased.\n", result.Erased)
		return err
	})
}

// toErase finds the comments that are meant, each once.
func (a *app) toErase(c *cobra.Command, e *erasure) ([]models.FoundComment, error) {
	var q models.PersonQuery
	if e.comment != "" {
		s, err := a.site(c, named(e.site))
		if err != nil {
			return nil, err
		}
		return []models.FoundComment{{CommentRef: models.CommentRef{SiteID: s.ID, Site: s.Name, CommentID: e.comment}}}, nil
	}
	if e.site != "" {
		s, err := a.site(c, []string{e.site})
		if err != nil {
			return nil, err
		}
		q.SiteID = s.ID
	}
	if err := a.eraseKeys(c, e, &q); err != nil {
		return nil, err
	}
	bar := a.progress("Looking")
	defer bar.end()
	var found []models.FoundComment
	known := map[models.CommentRef]bool{}
	err := a.pages(c, func(ctx context.Context, p control.Pages) error {
		for {
			page, err := p.FindComments(ctx, q)
			if err != nil {
				return err
			}
			for _, f := range page.Comments {
				if !known[f.CommentRef] {
					known[f.CommentRef] = true
					found = append(found, f)
				}
			}
			if page.Done {
				return nil
			}
			q.After = page.Next
			bar.set(0, fmt.Sprintf("%d found", len(found)))
		}
	})
	return found, err
}

// eraseKeys makes of what the user typed what comments are found by.
func (a *app) eraseKeys(c *cobra.Command, e *erasure, q *models.PersonQuery) error {
	if q.Author = strings.TrimSpace(e.author); e.author != "" {
		if q.Author == "" {
			return wrongUsage(c, errors.New("--author is blank"))
		}
		return nil
	}
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	if err := exists(cfg); err != nil {
		return advised(err)
	}
	keyer, err := identity.LoadOrCreate(filepath.Join(cfg.DataDir, daemon.KeyFile))
	if err != nil {
		return advised(err)
	}
	if e.email != "" {
		if q.Email = keyer.EmailKey(e.email); q.Email == nil {
			return wrongUsage(c, fmt.Errorf("--email %q: is no e-mail address", e.email))
		}
		return nil
	}
	if q.IP = keyer.IPKey(e.ip); q.IP == nil {
		return wrongUsage(c, fmt.Errorf("--ip %q: is no public IP address, and private ones tell nobody from another", e.ip))
	}
	return nil
}

// showFound shows how many comments were found, and the first ones.
func (a *app) showFound(e *erasure, found []models.FoundComment) error {
	const most = 10
	if e.comment != "" { // it may be one whose author was removed, which no search finds
		_, err := fmt.Fprintf(a.stdout, "Comment %q of site %q.\n", e.comment, found[0].Site)
		return err
	}
	if len(found) == 0 {
		_, err := fmt.Fprintln(a.stdout, "No comments found.")
		return err
	}
	emails := map[string]bool{}
	rows := [][]string{{"SITE", "COMMENT", "AUTHOR", "E-MAIL", "RECEIVED"}}
	for i, f := range found {
		emails[strings.ToLower(f.Email)] = true
		if i >= most || f.ReceivedAt.IsZero() {
			continue
		}
		rows = append(rows, []string{f.Site, f.CommentID, f.Author, f.Email, f.ReceivedAt.Format("2006-01-02 15:04")})
	}
	fmt.Fprintf(a.stdout, "%s found", comments(len(found)))
	if len(emails) > 1 {
		fmt.Fprintf(a.stdout, ", by %d different e-mail addresses", len(emails))
	}
	fmt.Fprintln(a.stdout, ".")
	if len(rows) == 1 {
		return nil
	}
	if err := printTable(a.stdout, rows...); err != nil {
		return err
	}
	if over := len(found) - most; over > 0 {
		fmt.Fprintf(a.stdout, "and %d more.\n", over)
	}
	return nil
}

// confirm asks on a terminal; where nobody can be asked, the command line was clear.
func (a *app) confirm(question string) bool {
	if !isTerminal(os.Stdin) {
		return true
	}
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}

func comments(n int) string {
	if n == 1 {
		return "1 comment"
	}
	return fmt.Sprintf("%d comments", n)
}
