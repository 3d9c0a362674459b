package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
)

// A blog submits a comment and waits for the decision, so that it can tell the author at
// once whether the comment is to be seen.
func Example() {
	w, stop := example() // a winnow of our own
	defer stop()

	c, err := client.New(client.Options{URL: w.url, Key: w.creds.Key})
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := c.SubmitAndWait(context.Background(), &models.Comment{
		ID:      "c-1042",
		Content: "Thank you for the recipe. I used less sugar.",
		Post:    models.Post{URL: "https://blog.example/p/9", Title: "Plum cake"},
		Author:  models.Author{Name: "Ann", Email: "ann@example.com", IP: "203.0.113.9"},
	}, client.MaxWait)
	if err != nil {
		fmt.Println(err)
		return
	}
	if receipt.Decision == nil {
		fmt.Println("awaiting moderation")
		return
	}
	fmt.Println(receipt.ID, receipt.Decision.Action)
	// Output: c-1042 approve
}

// Decisions come to the site's callback. The handler publishes what was approved.
func ExampleReceiver() {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // printed by `winnow site add`
	callback, err := client.NewReceiver(client.ReceiverOptions{
		Secrets:  []string{secret},
		Remember: 10_000,
		Handle: func(_ context.Context, d *models.Decision) error {
			switch d.Action {
			case models.Approve:
				fmt.Println("publish", d.CommentID)
			case models.Hold, models.Reject:
				fmt.Println("hide", d.CommentID, "because:", d.Reasons[0].Detail)
			}
			return nil // from here on it counts as delivered
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/winnow", callback) // the site's callback is https://blog.example/winnow

	// What winnow would send:
	blog := httptest.NewServer(mux)
	defer blog.Close()
	fmt.Println(sendAsWinnow(blog.URL+"/winnow", secret,
		`{"type":"comment.decided","timestamp":"2026-03-01T10:00:00.120Z","data":{"id":"wn_01","comment_id":"c-7",
		  "sequence":1,"action":"hold","reasons":[{"rule":"link-limit","action":"hold","detail":"5 links, at most 2 are allowed"}]}}`))
	// Output:
	// hide c-7 because: 5 links, at most 2 are allowed
	// 204 No Content
}

// A blog that cannot be called back follows the feed, and stores the cursor when it has
// dealt with a page.
func ExampleClient_Follow() {
	w, stop := example()
	defer stop()
	c, err := client.New(client.Options{URL: w.url, Key: w.creds.Key})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	for _, id := range []string{"c-1", "c-2"} {
		comment := &models.Comment{ID: id, Content: "About " + id, Author: models.Author{Name: "Ann", Email: "ann@example.com"}}
		if _, err := c.SubmitAndWait(ctx, comment, client.MaxWait); err != nil {
			fmt.Println(err)
			return
		}
	}

	cursor := "" // what was stored last time; nothing yet
	for page, err := range c.Follow(ctx, cursor) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, d := range page.Decisions {
			fmt.Println(d.CommentID, d.Action)
		}
		cursor = page.Cursor // to be stored, in the same transaction if there is one
		if len(page.Decisions) == 2 {
			break
		}
	}
	fmt.Println(cursor != "")
	// Output:
	// c-1 approve
	// c-2 approve
	// true
}

// What the blog's own administration decides, winnow learns.
func ExampleClient_Label() {
	w, stop := example()
	defer stop()
	c, err := client.New(client.Options{URL: w.url, Key: w.creds.Key})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	if _, err := c.Submit(ctx, &models.Comment{ID: "c-1", Content: "Buy followers", Author: models.Author{Name: "X", Email: "x@example.com"}}); err != nil {
		fmt.Println(err)
		return
	}
	d, err := c.Label(ctx, "c-1", models.Spam)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Action, d.Source)
	// Output: reject moderator
}

// What winnow refuses is a Problem, which names the fields at fault.
func ExampleProblem() {
	w, stop := example()
	defer stop()
	c, err := client.New(client.Options{URL: w.url, Key: w.creds.Key})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Submit(context.Background(), &models.Comment{ID: "c-1", ContentType: "text/rtf"})
	var p *client.Problem
	if errors.As(err, &p) {
		fmt.Println(p.Status, p.Type)
		for _, fault := range p.Errors {
			fmt.Println(fault.Pointer)
		}
	}
	// Output:
	// 422 urn:winnow:problem:invalid
	// /content_type
}
