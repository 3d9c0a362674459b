package policy

import (
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestLinkShorteners(t *testing.T) {
	to := func(hosts ...string) func(*models.Case) {
		return func(c *models.Case) { c.Text.Links = links(hosts...) }
	}
	checkRule(t, []ruleCase{
		{"known", "rule: link-shorteners", to("a.example", "bit.ly"), "found", `a link by "bit.ly" hides where it leads`},
		{"own list", "rule: link-shorteners, hosts: [s.example]", to("s.example"), "found", ""},
		{"another", "rule: link-shorteners", to("notbit.ly", "bit.ly.example"), "", ""},
		{"author's website", "rule: link-shorteners", author(func(a *models.Author) { a.URL = "https://t.co/x" }), "author", ""},
	})
}

func TestLookalikeHosts(t *testing.T) {
	to := func(host string) func(*models.Case) {
		return func(c *models.Case) { c.Text.Links = links(host) }
	}
	checkRule(t, []ruleCase{
		{"mixed scripts", "rule: lookalike-hosts", to("xn--pypal-4ve.com"), "mixed", `the host "pаypal.com" mixes letters of several scripts`},
		{"one script", "rule: lookalike-hosts", to("xn--e1afmkfd.xn--p1ai"), "", ""},
		{"accents", "rule: lookalike-hosts", to("xn--bcher-kva.example"), "", ""},
		{"known, in other letters", "rule: lookalike-hosts, known: [paypal.com]", to("paypa1.com"), "known", `the host "paypa1.com" looks like "paypal.com" and is another`},
		{"rn for m", "rule: lookalike-hosts, known: [amazon.example]", to("arnazon.example"), "known", ""},
		{"known itself", "rule: lookalike-hosts, known: [paypal.com]", to("paypal.com"), "", ""},
		{"a part of it", "rule: lookalike-hosts, known: [paypal.com]", to("www2.paypal.com"), "", ""},
		{"below one that looks like it", "rule: lookalike-hosts, known: [paypal.com]", to("login.paypa1.com"), "known", `the host "login.paypa1.com" looks like "paypal.com" and is another`},
		{"a part of it with odd letters", "rule: lookalike-hosts, known: [paypal.com]", to("l0gin.paypal.com"), "", ""},
		{"it in the name of another", "rule: lookalike-hosts, known: [paypal.com]", to("paypal.com.example.org"), "", ""},
		{"the site itself", "rule: lookalike-hosts", to("b1og.example"), "known", `the host "b1og.example" looks like "blog.example" and is another`},
		{"another", "rule: lookalike-hosts, known: [paypal.com]", to("example.org"), "", ""},
	})
}
