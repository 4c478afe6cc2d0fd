// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// question plays a VM that waits for a person (--question): it is powered on, but its power-on does not end, and other tasks are
// refused, until the question is answered. false: this call has nothing to do with one.
func (h *host) question(w http.ResponseWriter, method *simulator.Method) bool {
	if len(h.options.questions) == 0 {
		return false
	}
	var name, pending string
	var state types.VirtualMachinePowerState
	h.look(h.vmOf(method.This), func(vm *simulator.VirtualMachine) {
		name, state = vm.Name, vm.Runtime.PowerState
		if vm.Runtime.Question != nil {
			pending = vm.Runtime.Question.Text
		}
	})
	text, asks := h.options.questions[name]
	switch {
	case pending != "" && method.Name == "AnswerVM":
		h.answer(method.This)
		writeReturn(w, method.Name, nil)
	case pending != "" && strings.HasSuffix(method.Name, "_Task"):
		h.refuse(w, method, &types.QuestionPending{Text: pending})
	case asks && method.Name == "PowerOnVM_Task" && state == types.VirtualMachinePowerStatePoweredOff:
		task := h.ask(method, text)
		writeReturn(w, method.Name, &task)
	default:
		return false
	}
	return true
}

// vmOf is the VM that a snapshot belongs to; anything else itself.
func (h *host) vmOf(ref types.ManagedObjectReference) types.ManagedObjectReference {
	if snapshot, ok := h.registry.Get(ref).(*simulator.VirtualMachineSnapshot); ok {
		return snapshot.Vm
	}
	return ref
}

// ask powers the VM on, and gives it its question and a task that stays at 95 %.
func (h *host) ask(method *simulator.Method, text string) types.ManagedObjectReference {
	_, _ = methods.PowerOnVM_Task(context.Background(), h.service, method.Body.(*types.PowerOnVM_Task))
	task := h.newTask(method)
	task.Info.State, task.Info.Progress = types.TaskInfoStateRunning, 95
	h.registry.Put(task)
	h.setQuestion(method.This, &types.VirtualMachineQuestionInfo{
		Id:   task.Self.Value, // so that its answer finds the task
		Text: text,
		Choice: types.ChoiceOption{
			ChoiceInfo: []types.BaseElementDescription{
				&types.ElementDescription{Description: types.Description{Label: "Cancel", Summary: "Cancel"}, Key: "0"},
				&types.ElementDescription{Description: types.Description{Label: "I Copied It", Summary: "I Copied It"}, Key: "1"},
			},
		},
	})
	return task.Self
}

// answer ends the wait, whatever the answer was.
func (h *host) answer(ref types.ManagedObjectReference) {
	var id string
	h.look(ref, func(vm *simulator.VirtualMachine) {
		if vm.Runtime.Question != nil {
			id = vm.Runtime.Question.Id
		}
	})
	h.setQuestion(ref, nil)
	if task, ok := h.registry.Get(types.ManagedObjectReference{Type: "Task", Value: id}).(*simulator.Task); ok {
		ctx := h.guests.context()
		h.registry.WithLock(ctx, task, func() {
			h.registry.Update(ctx, task, []types.PropertyChange{
				{Name: "info.completeTime", Val: time.Now()},
				{Name: "info.state", Val: types.TaskInfoStateSuccess},
			})
		})
	}
}

func (h *host) setQuestion(ref types.ManagedObjectReference, question *types.VirtualMachineQuestionInfo) {
	vm, ok := h.registry.Get(ref).(*simulator.VirtualMachine)
	if !ok {
		return
	}
	change := types.PropertyChange{Name: "runtime.question"}
	if question != nil {
		change.Val = question
	}
	ctx := h.guests.context()
	h.registry.WithLock(ctx, vm, func() { h.registry.Update(ctx, vm, []types.PropertyChange{change}) })
}
