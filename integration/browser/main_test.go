package browser_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

func TestMain(m *testing.M) { testbed.Main(m) }

var errMissing = errors.New("needs chromium: .ci/install installs it")

// program finds the browser, by its names on Debian, on Ubuntu, and in its developers' packages.
func program() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errMissing
}

// browser starts the browser that all tests share, and returns its context.
var browser = sync.OnceValues(func() (context.Context, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.WindowSize(1600, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to run as root otherwise
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	testbed.AtEnd(func() error {
		closeBrowser()
		stop() // waits for its end
		return nil
	})
	return ctx, chromedp.Do(ctx)
})

// newTab opens a tab, which is closed when the test ends. What scripts print is in the log of the test.
func newTab(t *testing.T) context.Context {
	t.Helper()
	ctx, err := browser()
	if errors.Is(err, errMissing) {
		testbed.Cannot(t, err.Error())
	}
	if err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	tab, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	bounded, stop := context.WithTimeout(tab, testbed.Patience) // not earlier: it would limit the tab's life
	t.Cleanup(stop)
	return bounded
}

func visit(t *testing.T, tab context.Context, url string) {
	t.Helper()
	do(t, tab, chromedp.Navigate(url))
}

func do(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(tab, steps...); err != nil {
		t.Fatal(err)
	}
}

// waitFor waits until an expression is true on the page.
func waitFor(t *testing.T, tab context.Context, expression string) {
	t.Helper()
	poll := chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingTimeout(0), chromedp.WithPollingInterval(10*time.Millisecond))
	if _, err := chromedp.Run(tab, poll); err != nil {
		text, _ := chromedp.Run(tab, chromedp.Evaluate[string]("document.body.innerText"))
		t.Fatalf("waiting for %s: %v; the page:\n%s", expression, err, text)
	}
}

// evaluate returns the value of an expression on the page.
func evaluate[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(tab, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// newPool returns a pool that is closed when the test ends.
func newPool(t *testing.T, change func(*pool.Config)) *pool.Pool {
	t.Helper()
	cfg := &pool.Config{Conn: testbed.Config(t, testbed.DSN(t)), Name: testbed.UniqueEntity(t), MaxConns: 4}
	if change != nil {
		change(cfg)
	}
	p, err := pool.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
		defer stop()
		if err := p.Close(ctx); err != nil {
			t.Errorf("closing the pool: %v", err)
		}
	})
	return p
}
