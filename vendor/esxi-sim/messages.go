// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"regexp"

	"github.com/vmware/govmomi/vim25/types"
)

// sentences are what real hosts say with a fault, by its type. Where a sentence names what the fault itself does not tell (a
// file, a number), it is an example.
var sentences = map[string]string{
	"ApplicationQuiesceFault":            "An error occurred while quiescing the virtual machine. See the virtual machine's event log for details.",
	"CannotAccessFile":                   "Unable to access file [LocalDS_0] disk-0.vmdk",
	"CpuHotPlugNotSupported":             "CPU hot plug is not supported for this virtual machine.",
	"FileLocked":                         "Unable to access file [LocalDS_0] disk-0.vmdk since it is locked",
	"GenericVmConfigFault":               "Module 'MonitorLoop' power on failed.",
	"HostCommunication":                  "Unable to communicate with the remote host, since it is disconnected.",
	"InsufficientMemoryResourcesFault":   "The host does not have sufficient memory resources to satisfy the reservation.",
	"InsufficientResourcesFault":         "The host does not have sufficient memory resources to satisfy the reservation.",
	"InvalidArgument":                    "A specified parameter was not correct: ",
	"InvalidLogin":                       "Cannot complete login due to an incorrect user name or password.",
	"InvalidState":                       "The operation is not allowed in the current state.",
	"InvalidVmConfig":                    "Memory (RAM) size (257) is invalid.",
	"MemoryHotPlugNotSupported":          "Memory hot plug is not supported for this virtual machine.",
	"MemorySnapshotOnIndependentDisk":    "Cannot take a memory snapshot, since the virtual machine is configured with independent disks.",
	"NoDiskSpace":                        "Insufficient disk space on datastore 'LocalDS_0'.",
	"NoPermission":                       "Permission to perform this operation was denied.",
	"NotAuthenticated":                   "The session is not authenticated.",
	"NotFound":                           "The object or item referred to could not be found.",
	"NotEnoughCpus":                      "Virtual machine requires 8 CPUs to operate, but the host hardware only provides 4.",
	"NotSupported":                       "The operation is not supported on the object.",
	"OvfNoHostNic":                       "Host did not have any virtual network defined.",
	"OvfUnsupportedType":                 "Unsupported hardware family 'vmx-12'.",
	"QuestionPending":                    "The operation cannot be allowed at the current time because the virtual machine has a question pending: 'msg.uuid.altered'.",
	"RestrictedVersion":                  "Current license or ESXi version prohibits execution of the requested operation.",
	"SnapshotFault":                      "An error occurred while taking a snapshot: Exceeded the maximum number of permitted snapshots.",
	"SystemError":                        "A general system error occurred: Internal error",
	"TaskInProgress":                     "Another task is already in progress.",
	"TooManySnapshotLevels":              "Exceeded the maximum number of permitted snapshots.",
	"ToolsUnavailable":                   "Cannot complete operation because VMware Tools is not running in this virtual machine.",
	"VirtualHardwareVersionNotSupported": "No supported hardware versions among [vmx-21]; supported: [vmx-04, vmx-07, vmx-08, vmx-09, vmx-10, vmx-11, vmx-12, vmx-13].",
}

var stateNames = map[types.VirtualMachinePowerState]string{
	types.VirtualMachinePowerStatePoweredOn:  "Powered on",
	types.VirtualMachinePowerStatePoweredOff: "Powered off",
	types.VirtualMachinePowerStateSuspended:  "Suspended",
}

// sentence is what a real host says with this fault; of a type that is not known here, its name.
func sentence(fault types.BaseMethodFault) string {
	switch f := fault.(type) {
	case *types.InvalidPowerState:
		return fmt.Sprintf("The attempted operation cannot be performed in the current state (%s).", stateNames[f.ExistingState])
	case *types.ManagedObjectNotFound:
		return fmt.Sprintf("The object 'vim.%s:%s' has already been deleted or has not been completely created", f.Obj.Type, f.Obj.Value)
	case *types.InvalidArgument:
		return sentences["InvalidArgument"] + f.InvalidProperty
	case *types.QuestionPending:
		if f.Text != "" {
			return fmt.Sprintf("The operation cannot be allowed at the current time because the virtual machine has a question pending: '%s'.", f.Text)
		}
	case *types.NoDiskSpace:
		if f.Datastore != "" {
			return fmt.Sprintf("Insufficient disk space on datastore '%s'.", f.Datastore)
		}
	case *types.InaccessibleDatastore:
		return fmt.Sprintf("Datastore '%s' is not accessible.", f.Name)
	case *types.DeviceUnsupportedForVmPlatform:
		return fmt.Sprintf("The device or operation specified at index '%d' is not supported for the existing virtual machine platform.", f.DeviceIndex)
	case *types.InvalidDeviceBacking:
		return fmt.Sprintf("Invalid configuration for device '%d'.", f.DeviceIndex)
	case *types.DuplicateName:
		return fmt.Sprintf("The name '%s' already exists.", f.Name)
	case *types.FileAlreadyExists:
		return fmt.Sprintf("Cannot complete the operation because the file or folder %s already exists", f.File)
	}
	kind := reflect.TypeOf(fault).Elem().Name()
	if text, ok := sentences[kind]; ok {
		return text
	}
	return kind
}

// spoken puts a real host's sentences where the simulator says nothing, or the name of a Go type. The texts of its tasks cannot
// be reached before they are sent; each answer is one Write.
type spoken struct{ http.ResponseWriter }

var (
	powerFault = regexp.MustCompile(`<existingState>(\w+)</existingState></fault><localizedMessage>\*types\.InvalidPowerState<`)
	taskFault  = regexp.MustCompile(`<localizedMessage>\*types\.(\w+)<`)
	soapFault  = regexp.MustCompile(`(?s)<faultstring>([^<]*)</faultstring><detail><\w+Fault [^>]*xsi:type="(\w+)">(.*)</detail>`)
	existing   = regexp.MustCompile(`<existingState>(\w+)<`)
	missing    = regexp.MustCompile(`<obj type="(\w+)"[^>]*>([^<]*)<`)
)

func (s *spoken) Write(answer []byte) (int, error) {
	_, err := s.ResponseWriter.Write(speak(answer))
	return len(answer), err
}

func speak(answer []byte) []byte {
	if bytes.Contains(answer, []byte("<localizedMessage>*types.")) {
		answer = powerFault.ReplaceAllFunc(answer, func(found []byte) []byte {
			fault := &types.InvalidPowerState{ExistingState: firstState(found)}
			return bytes.Replace(found, []byte("*types.InvalidPowerState"), []byte(sentence(fault)), 1)
		})
		answer = taskFault.ReplaceAllFunc(answer, func(found []byte) []byte {
			kind := taskFault.FindSubmatch(found)[1]
			if text, ok := sentences[string(kind)]; ok {
				return []byte("<localizedMessage>" + escaped(text) + "<")
			}
			return found
		})
	}
	if bytes.Contains(answer, []byte("<soapenv:Fault>")) {
		answer = speakFault(answer)
	}
	return answer
}

// speakFault gives a fault of a method its sentence, unless the simulator gave it a good one of its own.
func speakFault(answer []byte) []byte {
	parts := soapFault.FindSubmatchIndex(answer)
	if parts == nil {
		return answer
	}
	said, kind, fields := string(answer[parts[2]:parts[3]]), string(answer[parts[4]:parts[5]]), answer[parts[6]:parts[7]]
	if said != "" && said != "Login failure" && kind != "ManagedObjectNotFound" {
		return answer
	}
	text := faultText(kind, fields)
	if text == "" {
		return answer
	}
	return bytes.Join([][]byte{answer[:parts[2]], []byte(escaped(text)), answer[parts[3]:]}, nil)
}

func firstState(text []byte) types.VirtualMachinePowerState {
	if found := existing.FindSubmatch(text); found != nil {
		return types.VirtualMachinePowerState(found[1])
	}
	return ""
}

// faultText is what a host says with a fault of this type and these fields.
func faultText(kind string, fields []byte) string {
	switch kind {
	case "InvalidPowerState":
		return sentence(&types.InvalidPowerState{ExistingState: firstState(fields)})
	case "ManagedObjectNotFound":
		if found := missing.FindSubmatch(fields); found != nil {
			return sentence(&types.ManagedObjectNotFound{Obj: types.ManagedObjectReference{Type: string(found[1]), Value: string(found[2])}})
		}
	case "InvalidArgument":
		return ""
	}
	return sentences[kind]
}
