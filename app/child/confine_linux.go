package child

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

const canConfine = true

// become gives up rights and replaces this process by the program. What an old
// kernel cannot take away stays; the filter of system calls is never optional.
func become(c Confinement, program string, argv, env []string) error {
	runtime.LockOSThread() // the filter is this thread's, which becomes the program
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	system := []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix", "/proc", "/sys", "/dev",
		"/var/lib/libreoffice", "/var/spool/libreoffice", "/var/cache/fontconfig",
	}
	err := landlock.V11.BestEffort().Restrict(
		landlock.RODirs(append(system, c.Read...)...).IgnoreIfMissing(),
		landlock.RWDirs(c.Write...),
		landlock.RWFiles("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom").IgnoreIfMissing(),
		// LibreOffice talks to itself by a socket that it makes there.
		landlock.PathAccess(llsys.AccessFSMakeSock|llsys.AccessFSRemoveFile, "/tmp").IgnoreIfMissing(),
	)
	if err != nil {
		return fmt.Errorf("child: confine: %w", err)
	}
	if err := denySockets(); err != nil {
		return fmt.Errorf("child: confine: %w", err)
	}
	return unix.Exec(program, argv, env)
}

// denySockets refuses every socket but local ones, and the other way to get
// one, for this thread and what it becomes.
func denySockets() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	arch, ok := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !ok {
		return unix.ENOTSUP
	}
	const (
		offsetNumber, offsetArch, offsetDomain = 0, 4, 16 // in struct seccomp_data
		x32                                    = 0x40000000
		refuse                                 = unix.SECCOMP_RET_ERRNO | uint32(unix.EACCES)
	)
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	jump := func(test uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: yes, Jf: no, K: k}
	}
	end := func(action uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
	}
	filter := []unix.SockFilter{
		load(offsetArch),
		jump(unix.BPF_JEQ, arch, 0, 7), // calls of another architecture have other numbers
		load(offsetNumber),
		jump(unix.BPF_JGE, x32, 5, 0),
		jump(unix.BPF_JEQ, unix.SYS_IO_URING_SETUP, 4, 0),
		jump(unix.BPF_JEQ, unix.SYS_SOCKET, 0, 2),
		load(offsetDomain),
		jump(unix.BPF_JEQ, unix.AF_UNIX, 0, 1),
		end(unix.SECCOMP_RET_ALLOW),
		end(refuse),
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}
