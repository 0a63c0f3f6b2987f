package instance

import (
	"net"

	"golang.org/x/sys/unix"
)

// peerUser is the user at the other end of a connection.
func peerUser(conn *net.UnixConn) (uid int, known bool) {
	// Not known to be the right one is as good as another one.
	uid = -1
	raw, err := conn.SyscallConn()
	if err != nil {
		return uid, true
	}
	_ = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED); err == nil {
			uid = int(cred.Uid)
		}
	})
	return uid, true
}
