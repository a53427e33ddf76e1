// Package browser has the tests that need a real browser: of the responses of package httpstream, read by scripts, and
// of the page of package inspect. They are a separate module, so that nothing else links the libraries that drive a
// browser.
//
//	go run ./integration/withpg -- sh -c 'cd integration/browser && go test ./...'
//
// They run Debian's chromium without a window. If it is missing they are skipped with a message, except if CI is true.
package browser
