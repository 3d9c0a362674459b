package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/winnowd/winnow/models"
)

// numbered is one of some comments with an id and a last word of its own, as JSON.
func numbered(comments []models.Comment, id string, n int) []byte {
	c := comments[n%len(comments)]
	c.ID = id
	c.Content += " " + strconv.FormatInt(int64(n)*7919, 36)
	return models.AppendComment(nil, &c)
}

// post posts one comment.
func post(ctx context.Context, h hello, comments []models.Comment, id string, n int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.Addr+"/v1/comments", bytes.NewReader(numbered(comments, id, n)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+h.Key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("answered %s: %s", res.Status, text)
	}
	return err
}
