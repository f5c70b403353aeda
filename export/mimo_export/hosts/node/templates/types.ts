/** What the generated client is made of: element types, tensors and the contract. */

/** What JavaScript holds the elements of a dtype in; float16 as its bits. */
export interface DataOf {
  float16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  /** 0 and 1. */
  bool: Uint8Array;
  string: readonly string[];
}

export type Dtype = keyof DataOf;
export type Data = DataOf[Dtype];

type IntegerArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
type Integers = IntegerArray | readonly (number | bigint)[];

/**
 * What a caller may give for a dtype. What is not the dtype's own array is converted, value by value, and
 * refused where a value does not fit; numbers become the nearest float32.
 */
export interface AcceptedOf {
  float16: Uint16Array;
  float32: Float32Array | readonly number[];
  float64: Float64Array | Float32Array | readonly number[];
  int8: Integers;
  int16: Integers;
  int32: Integers;
  int64: Integers;
  uint8: Integers;
  uint16: Integers;
  uint32: Integers;
  uint64: Integers;
  bool: Uint8Array | readonly boolean[];
  string: readonly string[];
}

/** An input: elements in C order (the last dimension runs fastest), and the shape, batch first. */
export interface Input<T extends Dtype = Dtype> {
  readonly data: AcceptedOf[T];
  readonly dims: readonly number[];
}

/** An output: elements in C order, and the shape, batch first. */
export interface Output<T extends Dtype = Dtype> {
  readonly data: DataOf[T];
  readonly dims: readonly number[];
}

/** One input or output as the contract has it. */
export interface TensorSpec {
  /** The runtime's name for it. */
  readonly name: string;
  /** The client's name for it. */
  readonly identifier: string;
  readonly dtype: Dtype;
  /** Sizes, and symbols for free dimensions; one symbol is one size in every call. */
  readonly dims: readonly (number | string)[];
  /** How many token ids there are: valid are 0 up to one less. */
  readonly ids?: number;
  /** Whether this project reads the input, and not the runtime, whose strings end at a zero character. */
  readonly prepared?: boolean;
  /** Whether the rows of an output are compared as classes. */
  readonly isClass?: boolean;
}

/** A file of this project that must be as it was written: its path in the project, and facts. */
export interface StatedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The model's file, and what it is called with. */
export interface Contract {
  readonly model: string;
  readonly file: StatedFile;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** How to load; every field may be left out. */
export interface LoadOptions {
  /** Where the model's file is; beside this project when left out. */
  readonly model?: string | URL;
  /** Where the rules of preprocessing are, for a model that has some; beside this project when left out. */
  readonly preprocessing?: string | URL;
  /** NaN in a float input: an error ("refuse", the default), or given to the model ("pass"). */
  readonly nan?: "refuse" | "pass";
  /** The largest batch; 0, the default, for none: what does not fit into the memory fails there. */
  readonly maxBatch?: number;
  /** How many threads one call uses; the runtime's choice when left out. */
  readonly threads?: number;
}
