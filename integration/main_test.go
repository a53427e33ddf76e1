package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

func TestMain(m *testing.M) { testbed.Main(m) }
