/** What inputs are made of, row after row. */
struct Given {
<% for t in model.sources %>
  /**
   * '<%= t.name | comment("   * ") %>', <%= t.dtype %><%= t.shape_text | comment("   * ") %>
<%- if t.meaning %>: <%= (t.meaning ~ (", in " ~ t.unit if t.unit else "")) | comment("   * ") %><% endif %>.
   */
  struct <%= t.spelling.pascal %> {
<% if t.dtype == "string" %>
    /** UTF-8. */
    View<std::string> data;
<% else %>
    View<<%= t.type.c %>> data;
<% endif %>
    /** How many rows these are. */
    std::size_t batch = 0;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    /** The size of '<%= d.symbol | comment("     * ") %>'. */
    std::size_t dim_<%= loop.index %> = 0;
<% endif %>
<% endfor %>
  };
  <%= t.spelling.pascal %> <%= t.identifier %>;
<% endfor %>
};

/** Inputs of the model that Keras's own layers would make of what is given. */
class Prepared {
 public:
  /**
   * Make them; what is given is not needed afterwards.
   *
   * @throws Error What is given does not fit the contract, or there is not enough memory.
   */
  explicit Prepared(const Given &given) : inputs_(new <%= p %>_inputs{})
  {
    <%= p %>_given plain{};
<% for t in model.sources %>
<% if t.dtype == "string" %>
    std::vector<const char *> starts_<%= t.identifier %>;
    std::vector<std::size_t> sizes_<%= t.identifier %>;
    for (std::size_t i = 0; i < given.<%= t.identifier %>.data.size(); i++) {
      starts_<%= t.identifier %>.push_back(given.<%= t.identifier %>.data.data()[i].data());
      sizes_<%= t.identifier %>.push_back(given.<%= t.identifier %>.data.data()[i].size());
    }
    plain.<%= t.identifier %>.data = starts_<%= t.identifier %>.data();
    plain.<%= t.identifier %>.sizes = sizes_<%= t.identifier %>.data();
<% else %>
    plain.<%= t.identifier %>.data = given.<%= t.identifier %>.data.data();
<% endif %>
    plain.<%= t.identifier %>.count = given.<%= t.identifier %>.data.size();
    plain.<%= t.identifier %>.batch = given.<%= t.identifier %>.batch;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    plain.<%= t.identifier %>.dim_<%= loop.index %> = given.<%= t.identifier %>.dim_<%= loop.index %>;
<% endif %>
<% endfor %>
<% endfor %>
    <%= p %>_error error;
    if (<%= p %>_prepare(&plain, inputs_.get(), &error) != <%= P %>_OK) {
      throw Error(error);
    }
  }

  /** Point <% for t in model.prepared %>'<%= t.name | comment("   * ") %>'<%= ", " if not loop.last %><% endfor %> of some inputs at these, which must live through the call. */
  void set(Inputs &inputs) const noexcept
  {
<% for t in model.prepared %>
    inputs.<%= t.identifier %>.data = { inputs_-><%= t.identifier %>.data, inputs_-><%= t.identifier %>.count };
    inputs.<%= t.identifier %>.batch = inputs_-><%= t.identifier %>.batch;
<% for d in t.dimensions[1:] %>
<% if d.symbol %>
    inputs.<%= t.identifier %>.dim_<%= loop.index %> = inputs_-><%= t.identifier %>.dim_<%= loop.index %>;
<% endif %>
<% endfor %>
<% endfor %>
  }

 private:
  struct Free {
    void operator()(<%= p %>_inputs *inputs) const noexcept
    {
      <%= p %>_prepared_free(inputs);
      delete inputs;
    }
  };

  std::unique_ptr<<%= p %>_inputs, Free> inputs_;
};
