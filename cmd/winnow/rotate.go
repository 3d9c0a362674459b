package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
)

func (a *app) siteRotate() *cobra.Command {
	var key, secret, akismet, now bool
	c := &cobra.Command{
		Use: "rotate [NAME]", Short: "Make a new key or secret; the old one works for 24 hours",
		Long: "Make a new key or secret of a site, or of the only one there is, and print it, once. The old one\n" +
			"works for another 24 hours, so that the blog can be changed in the meantime, or with --now not at\n" +
			"all. More than one can be made at once.",
		Example: "  winnow site rotate blog --key\n  winnow site rotate blog --key --secret --akismet --now",
		Args:    args("[NAME]"),
		RunE: func(c *cobra.Command, args []string) error {
			var kinds []models.CredentialKind
			for _, k := range []struct {
				wanted bool
				kind   models.CredentialKind
			}{{key, models.KeyCredential}, {secret, models.SecretCredential}, {akismet, models.AkismetCredential}} {
				if k.wanted {
					kinds = append(kinds, k.kind)
				}
			}
			if len(kinds) == 0 {
				return wrongUsage(c, errors.New("say what to rotate: --key, --secret or --akismet"))
			}
			site, err := a.site(c, args)
			if err != nil {
				return err
			}
			return a.change(c, func(ctx context.Context, admin control.Admin) error {
				return a.rotate(ctx, admin, site.Name, kinds, now)
			})
		},
	}
	c.Flags().BoolVar(&key, "key", false, "the Bearer key of the API")
	c.Flags().BoolVar(&secret, "secret", false, "the secret that signs webhooks")
	c.Flags().BoolVar(&akismet, "akismet", false, "the Akismet key")
	c.Flags().BoolVar(&now, "now", false, "the old one stops working at once")
	return c
}

// rotate makes and prints new credentials. What was made before an error is printed
// all the same: nobody could learn it later.
func (a *app) rotate(ctx context.Context, admin control.Admin, name string, kinds []models.CredentialKind, now bool) error {
	creds := models.Credentials{Name: name}
	var failed error
	for _, kind := range kinds {
		value, err := admin.RotateCredential(ctx, name, kind, now)
		if err != nil {
			failed = err
			break
		}
		switch kind {
		case models.KeyCredential:
			creds.Key = value
		case models.SecretCredential:
			creds.Secret = value
		default:
			creds.AkismetKey = value
		}
	}
	if (creds == models.Credentials{Name: name}) {
		return failed
	}
	until := "what it replaces works for another 24 hours"
	if now {
		until = "what it replaces works no more"
	}
	return errors.Join(failed, a.printFresh(fmt.Sprintf("New for site %q, shown only now; %s:", name, until), fresh{Credentials: creds}))
}
