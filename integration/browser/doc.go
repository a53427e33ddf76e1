// Package browser has the tests that need a real browser: what package httpstream sends, read by scripts, and the page of
// package inspect. They are a module of their own, so that nothing else links what drives a browser.
//
//	go run ./integration/withpg -- sh -c 'cd integration/browser && go test ./...'
//
// They run Debian's chromium without a window. Without one they say so and are skipped, except where CI is true.
package browser
