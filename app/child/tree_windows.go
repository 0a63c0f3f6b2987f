package child

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// filesVariable tells the program its inherited handles: Windows has no
// numbering a child could rely on.
const filesVariable = "KONTOR_CHILD_FILES"

// shimOverhead is what the shim itself may use inside the job's memory limit.
const shimOverhead = 128 << 20

// tree is a job object that holds the shim, the program and all it starts.
// The system kills them all when the shim's handle closes, however it ends.
type tree struct {
	pid    int
	ended  chan Exit
	object windows.Handle
	cmd    *exec.Cmd
}

func stopSignals() []os.Signal { return []os.Signal{os.Interrupt} }

// orphaned is always false: the control pipe tells, there is no signal for it.
func orphaned() bool { return false }

// File is the i-th of [Options].Files, for the program that was started with
// them. The caller closes it.
func File(i int) *os.File {
	handles := strings.Split(os.Getenv(filesVariable), ",")
	if i >= len(handles) {
		return nil
	}
	handle, err := strconv.ParseUint(handles[i], 10, 64)
	if err != nil {
		return nil
	}
	return os.NewFile(uintptr(handle), "inherited-"+strconv.Itoa(i))
}

func (p *Process) inherit(files []*os.File) []string {
	p.cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
	names := make([]string, len(files))
	for i, file := range files {
		handle := windows.Handle(file.Fd())
		// An error shows when the shim cannot open the handle.
		_ = windows.SetHandleInformation(handle, windows.HANDLE_FLAG_INHERIT, windows.HANDLE_FLAG_INHERIT)
		p.cmd.SysProcAttr.AdditionalInheritedHandles = append(p.cmd.SysProcAttr.AdditionalInheritedHandles, syscall.Handle(handle))
		names[i] = strconv.FormatUint(uint64(handle), 10)
	}
	return []string{"--pipes=" + strings.Join(names, ",")}
}

func inherited(pipes string) (control, status *os.File, files []*os.File, err error) {
	var all []*os.File
	for _, name := range strings.Split(pipes, ",") {
		handle, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("child: inherited files: %w", err)
		}
		all = append(all, os.NewFile(uintptr(handle), "inherited"))
	}
	if len(all) < 2 {
		return nil, nil, nil, errors.New("child: inherited files missing")
	}
	for _, file := range all[:2] {
		_ = windows.SetHandleInformation(windows.Handle(file.Fd()), windows.HANDLE_FLAG_INHERIT, 0)
	}
	return all[0], all[1], all[2:], nil
}

func startTree(j job, files []*os.File) (*tree, error) {
	object, err := newJobObject(j.limits)
	if err != nil {
		return nil, err
	}
	// The shim enters the job first, so the program is born inside it.
	if err := windows.AssignProcessToJobObject(object, windows.CurrentProcess()); err != nil {
		return nil, err
	}
	env := os.Environ()
	attributes := &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
	if j.limits.Nice > 0 {
		attributes.CreationFlags |= windows.BELOW_NORMAL_PRIORITY_CLASS
	}
	names := make([]string, len(files))
	for i, file := range files {
		attributes.AdditionalInheritedHandles = append(attributes.AdditionalInheritedHandles, syscall.Handle(file.Fd()))
		names[i] = strconv.FormatUint(uint64(file.Fd()), 10)
	}
	if len(files) > 0 {
		env = append(env, filesVariable+"="+strings.Join(names, ","))
	}
	cmd := &exec.Cmd{
		Path: j.program, Args: append([]string{j.program}, j.args...), Env: env,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, SysProcAttr: attributes,
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t := &tree{pid: cmd.Process.Pid, ended: make(chan Exit, 1), object: object, cmd: cmd}
	go t.reap()
	return t, nil
}

func newJobObject(limits Limits) (windows.Handle, error) {
	object, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
	if limits.MemoryBytes > 0 {
		info.BasicLimitInformation.LimitFlags |= windows.JOB_OBJECT_LIMIT_JOB_MEMORY
		info.JobMemoryLimit = uintptr(limits.MemoryBytes + shimOverhead)
	}
	if limits.CPUTime > 0 {
		info.BasicLimitInformation.LimitFlags |= windows.JOB_OBJECT_LIMIT_PROCESS_TIME
		info.BasicLimitInformation.PerProcessUserTimeLimit = limits.CPUTime.Nanoseconds() / 100
	}
	_, err = windows.SetInformationJobObject(object, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		windows.CloseHandle(object)
		return 0, err
	}
	return object, nil
}

func (t *tree) reap() {
	err := t.cmd.Wait()
	exit := Exit{Reason: ReasonExited, Code: t.cmd.ProcessState.ExitCode(), PeakBytes: t.peak()}
	if err != nil && exit.Code == 0 {
		exit.Code = -1
	}
	t.ended <- exit
}

func (t *tree) query() windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	_ = windows.QueryInformationJobObject(t.object, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
	return info
}

func (t *tree) peak() int64 { return int64(t.query().PeakJobMemoryUsed) }

// resident is left to the job's own limit, which needs no polling.
func (t *tree) resident() int64 { return 0 }

// terminate cannot ask politely a program without a console: it is killed.
func (t *tree) terminate() { _ = t.cmd.Process.Kill() }

// killAll ends the program; whatever else is in the job ends in finish.
func (t *tree) killAll() { _ = t.cmd.Process.Kill() }

// finish kills the job, the shim itself included, after the last report.
func (t *tree) finish() { _ = windows.TerminateJobObject(t.object, codeFailed) }

func (p *Process) hold(running chan<- error, ended chan<- struct{}, theirs ...*os.File) {
	p.mu.Lock()
	err := p.cmd.Start()
	p.mu.Unlock()
	for _, file := range theirs {
		file.Close()
	}
	running <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait()
	close(ended)
}

// sweep has nothing to do: the system ended the job with the shim.
func (p *Process) sweep() {}
