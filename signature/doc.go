// Package signature signs and verifies messages as Standard Webhooks 1.0.0 say
// (https://www.standardwebhooks.com, specification of 2023): three headers,
// webhook-id, webhook-timestamp (Unix seconds) and webhook-signature, the last a list
// of signatures separated by spaces, each "v1," and the base64 of the HMAC-SHA256 of
// id, timestamp and body joined by full stops.
//
// A sender makes the headers with SetHeader, one signature for each secret that still
// counts, so that a receiver may change over to a new secret at any moment. A receiver
// checks them with Verify. The id is the same on every try of a message and may serve
// to recognise repetitions; the timestamp is that of the try.
//
// Only symmetric signatures (v1) are made and understood; others are passed over.
// Everything here is safe for use by any number of goroutines.
package signature
