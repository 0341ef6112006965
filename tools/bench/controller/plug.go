package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "integration.rock8s.com", Version: "v1beta1"}

// Plug has the fields that this program reads and writes.
type Plug struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              PlugSpec   `json:"spec,omitempty"`
	Status            PlugStatus `json:"status,omitempty"`
}

type PlugSpec struct {
	Socket SocketName        `json:"socket"`
	Config map[string]string `json:"config,omitempty"`
}

type SocketName struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

type PlugStatus struct {
	CoupledSocket *CoupledSocket     `json:"coupledSocket,omitempty"`
	Conditions    []metav1.Condition `json:"conditions,omitempty"`
	Refs          []Ref              `json:"refs,omitempty"`
}

type CoupledSocket struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Namespace  string `json:"namespace"`
}

type Ref struct {
	Role       string `json:"role"`
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
}

func (plug *Plug) DeepCopyObject() runtime.Object {
	copied := *plug
	plug.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	copied.Spec.Config = make(map[string]string, len(plug.Spec.Config))
	for key, value := range plug.Spec.Config {
		copied.Spec.Config[key] = value
	}
	copied.Status.Conditions = make([]metav1.Condition, len(plug.Status.Conditions))
	for index := range plug.Status.Conditions {
		plug.Status.Conditions[index].DeepCopyInto(&copied.Status.Conditions[index])
	}
	copied.Status.Refs = append([]Ref(nil), plug.Status.Refs...)
	if plug.Status.CoupledSocket != nil {
		socket := *plug.Status.CoupledSocket
		copied.Status.CoupledSocket = &socket
	}
	return &copied
}

type PlugList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Plug `json:"items"`
}

func (list *PlugList) DeepCopyObject() runtime.Object {
	copied := PlugList{TypeMeta: list.TypeMeta, Items: make([]Plug, len(list.Items))}
	list.ListMeta.DeepCopyInto(&copied.ListMeta)
	for index := range list.Items {
		copied.Items[index] = *list.Items[index].DeepCopyObject().(*Plug)
	}
	return &copied
}

func addToScheme(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(groupVersion, &Plug{}, &PlugList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
}
