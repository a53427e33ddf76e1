package conn

// TargetSessionAttrs controls which servers are acceptable: target_session_attrs.
type TargetSessionAttrs uint8

// The values of TargetSessionAttrs. With all but AnySession, a connect goes on to the next host if a server is not
// acceptable.
const (
	AnySession           TargetSessionAttrs = iota // any server
	ReadWriteSession                               // not a standby, and transactions can write by default
	ReadOnlySession                                // the opposite
	PrimarySession                                 // not a standby
	StandbySession                                 // a standby
	PreferStandbySession                           // a standby or, if no host is one, any server
)

var targetSessionAttrsNames = []string{"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}

// String is the value as in a connection string.
func (a TargetSessionAttrs) String() string { return nameOf(targetSessionAttrsNames, a) }

// accepts reports whether a server is acceptable: readOnly and standby are its default_transaction_read_only and
// in_hot_standby. PreferStandbySession is StandbySession on the first pass over the hosts, and AnySession on the
// second.
func (a TargetSessionAttrs) accepts(readOnly, standby bool) bool {
	switch a {
	case ReadWriteSession:
		return !readOnly && !standby
	case ReadOnlySession:
		return readOnly || standby
	case PrimarySession:
		return !standby
	case StandbySession, PreferStandbySession:
		return standby
	}
	return true
}

// passes returns the values to use, in order, each for one pass over all hosts.
func (a TargetSessionAttrs) passes() []TargetSessionAttrs {
	if a == PreferStandbySession {
		return []TargetSessionAttrs{StandbySession, AnySession}
	}
	return []TargetSessionAttrs{a}
}

// LoadBalanceHosts controls the order in which the hosts are tried: load_balance_hosts.
type LoadBalanceHosts uint8

// The orders.
const (
	LoadBalanceDisable LoadBalanceHosts = iota // as listed
	LoadBalanceRandom                          // shuffled anew for each connect
)

var loadBalanceHostsNames = []string{"disable", "random"}

// String is the value as in a connection string.
func (b LoadBalanceHosts) String() string { return nameOf(loadBalanceHostsNames, b) }
