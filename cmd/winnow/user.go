package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

func (a *app) userCommand() *cobra.Command {
	return group("user", "Add, list and remove those who moderate",
		a.userAdd(), a.userList(), a.userPasswd(), a.userToken(), a.userRemove())
}

func (a *app) userAdd() *cobra.Command {
	var u models.NewUser
	var role string
	var fromStdin bool
	c := &cobra.Command{
		Use: "add EMAIL", Short: "Add a moderator or an admin",
		Long: "Add somebody who moderates. A moderator decides comments, of all sites or, with --site, of some;\n" +
			"an admin also looks after sites and users. With --password-stdin the password is read from\n" +
			"standard input; without it a link is printed that signs in once, within 24 hours.",
		Example: "  winnow user add ann@example.com --role admin\n  winnow user add bob@example.com --site blog --password-stdin",
		Args:    args("EMAIL"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			u.Email, u.Role = models.NormalEmail(args[0]), models.Role(role)
			if err := u.Check(); err != nil {
				return wrongUsage(c, err)
			}
			if fromStdin {
				if u.Password, err = readPassword(c); err != nil {
					return err
				}
			}
			return a.admin(c, func(ctx context.Context, admin control.Admin) error {
				link, err := admin.AddUser(ctx, u)
				if err != nil {
					return err
				}
				return a.printLink(u.Email, u.Role, link, fmt.Sprintf("User %s, %s.", u.Email, u.Role))
			})
		},
	}
	c.Flags().StringVar(&role, "role", string(models.RoleModerator), "`ROLE`: moderator or admin")
	c.Flags().StringSliceVar(&u.Sites, "site", nil, "only the comments of this site, by `NAME`; may be repeated")
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return c
}

// readPassword reads the first line of standard input.
func readPassword(c *cobra.Command) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(c.InOrStdin(), 2*accounts.MaxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", wrongUsage(c, errors.New("--password-stdin: standard input is empty"))
	}
	return password, nil
}

// printLink prints what was done and the link that signs in once, if there is one.
func (a *app) printLink(email string, role models.Role, link, done string) error {
	result := struct {
		Email    string      `json:"email"`
		Role     models.Role `json:"role,omitempty"`
		LoginURL string      `json:"login_url,omitempty"`
	}{email, role, link}
	return a.print(result, func(w io.Writer) error {
		fmt.Fprintln(w, done)
		if link != "" {
			fmt.Fprintf(w, "Sign in once, within 24 hours: %s\n", link)
		}
		return nil
	})
}

func (a *app) userList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List those who moderate",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			var users []*models.User
			if err := a.read(c, func(ctx context.Context, r *store.Reader) (err error) {
				users, err = r.Users(ctx)
				return err
			}); err != nil {
				return err
			}
			return a.print(users, func(w io.Writer) error {
				if len(users) == 0 {
					_, err := fmt.Fprintln(w, "No users.")
					return err
				}
				rows := [][]string{{"EMAIL", "ROLE", "SITES", "PASSWORD", "SINCE"}}
				for _, u := range users {
					sites := "all"
					switch {
					case u.Limited && len(u.Sites) == 0:
						sites = "none"
					case u.Limited:
						sites = strings.Join(u.Sites, ", ")
					}
					rows = append(rows, []string{u.Email, string(u.Role), sites, yes(u.HasPassword), u.CreatedAt.Format("2006-01-02")})
				}
				return printTable(w, rows...)
			})
		},
	}
}

func (a *app) userPasswd() *cobra.Command {
	var fromStdin bool
	c := &cobra.Command{
		Use: "passwd EMAIL", Short: "Set a password, or print a link that signs in once",
		Long: "Set somebody's password, read from standard input with --password-stdin, and sign the user out\n" +
			"everywhere. Without it a link is printed that signs in once, within 24 hours; earlier links stop\n" +
			"working, and the password stays.",
		Example: "  winnow user passwd ann@example.com",
		Args:    args("EMAIL"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			email, password := models.NormalEmail(args[0]), ""
			if fromStdin {
				if password, err = readPassword(c); err != nil {
					return err
				}
			}
			return a.change(c, func(ctx context.Context, admin control.Admin) error {
				link, err := admin.SetPassword(ctx, email, password)
				if err != nil {
					return err
				}
				done := fmt.Sprintf("User %s has a new password and is signed out everywhere.", email)
				if link != "" {
					done = fmt.Sprintf("User %s.", email)
				}
				return a.printLink(email, "", link, done)
			})
		},
	}
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return c
}

func (a *app) userToken() *cobra.Command {
	var revoke bool
	c := &cobra.Command{
		Use: "token EMAIL", Short: "Make an API token, or take all away",
		Long: "Make an API token, with which a program moderates in a user's name, and print it, once. With\n" +
			"--revoke all tokens of the user stop working instead.",
		Example: "  winnow user token ann@example.com",
		Args:    args("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			email := models.NormalEmail(args[0])
			return a.change(c, func(ctx context.Context, admin control.Admin) error {
				if revoke {
					return a.revokeTokens(ctx, admin, email)
				}
				token, err := admin.AddToken(ctx, email)
				if err != nil {
					return err
				}
				result := struct {
					Email string `json:"email"`
					Token string `json:"token"`
				}{email, token}
				return a.print(result, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "API token of %s, shown only now:\n  %s\n", email, token)
					return err
				})
			})
		},
	}
	c.Flags().BoolVar(&revoke, "revoke", false, "take all tokens of the user away")
	return c
}

func (a *app) revokeTokens(ctx context.Context, admin control.Admin, email string) error {
	n, err := admin.RevokeTokens(ctx, email)
	if err != nil {
		return err
	}
	result := struct {
		Email   string `json:"email"`
		Revoked int64  `json:"revoked"`
	}{email, n}
	return a.print(result, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%d API tokens of %s work no more.\n", n, email)
		return err
	})
}

func (a *app) userRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove EMAIL", Short: "Take somebody's access away, keeping what they decided",
		Args: args("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			email := models.NormalEmail(args[0])
			return a.change(c, func(ctx context.Context, admin control.Admin) error {
				if err := admin.RemoveUser(ctx, email); err != nil {
					return err
				}
				return a.printLink(email, "", "", fmt.Sprintf("User %s removed, what they decided stays.", email))
			})
		},
	}
}
